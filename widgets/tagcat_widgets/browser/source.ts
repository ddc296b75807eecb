// What this browser is and runs on, in the few words that the kernel takes (tagcat_kernel/sources.py). No
// version and nothing else that a browser tells of itself leaves it.

export interface Source {
  platform: string;
  browser: string;
}

interface Brands {
  platform?: string;
  brands?: { brand: string }[];
}

/** Returns the source of this browser, such as Macintosh and Chrome. */
export function sourceOf(agent: string, known: Brands | undefined, touches: number): Source {
  return { platform: platformOf(agent, known?.platform, touches), browser: browserOf(agent, known?.brands) };
}

function platformOf(agent: string, told: string | undefined, touches: number): string {
  const where = `${told ?? ""} ${agent}`;
  if (/iPhone|iPod/.test(agent)) return "iPhone";
  // An iPad says that it is a Macintosh, but no Macintosh has a touch screen.
  if (/iPad/.test(agent) || (/Macintosh/.test(agent) && touches > 1)) return "iPad";
  if (/Android/.test(where)) return "Android";
  if (/CrOS|Chrome ?OS|Chromium OS/.test(where)) return "ChromeOS";
  if (/Windows/.test(where)) return "Windows";
  if (/Macintosh|macOS/.test(where)) return "Macintosh";
  return /Linux|X11/.test(where) ? "Linux" : "Other";
}

function browserOf(agent: string, brands: { brand: string }[] = []): string {
  const told = brands.map(({ brand }) => brand).join(" ");
  if (/Edge/.test(told) || /\bEdg(e|A|iOS)?\//.test(agent)) return "Edge";
  if (/Opera/.test(told) || /\bOPR\//.test(agent)) return "Opera";
  if (/Firefox|FxiOS/.test(agent)) return "Firefox";
  if (/Chrom(e|ium)/.test(told) || /\b(Chrome|Chromium|CriOS)\//.test(agent)) return "Chrome";
  return /Safari\//.test(agent) ? "Safari" : "Other";
}

/** Returns the source of the browser that this runs in. */
export function thisSource(): Source {
  const known = (navigator as Navigator & { userAgentData?: Brands }).userAgentData;
  return sourceOf(navigator.userAgent, known, navigator.maxTouchPoints ?? 0);
}

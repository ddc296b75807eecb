// How times and counts read.

/** Returns seconds as 0:01.20 or 1:02:03.40, rounded to hundredths before they are split. */
export function formatTime(seconds: number): string {
  if (!Number.isFinite(seconds)) return "";
  const hundredths = Math.round(Math.abs(seconds) * 100);
  const pad = (value: number) => String(value).padStart(2, "0");
  const whole = Math.floor(hundredths / 100);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  const clock = `${pad(whole % 60)}.${pad(hundredths % 100)}`;
  const sign = seconds < 0 && hundredths > 0 ? "−" : "";
  return sign + (hours ? `${hours}:${pad(minutes)}:${clock}` : `${minutes}:${clock}`);
}

const grouped = new Intl.NumberFormat("en-US");

/** Returns 12345 as "12,345". */
export function formatCount(count: number): string {
  return grouped.format(count);
}

/** Returns a count with its noun: "1 match", "31 matches"; the noun is given in the plural. */
export function counted(count: number, plural: string): string {
  let noun = plural;
  if (count === 1) {
    if (/(ch|sh|x|ss)es$/.test(plural)) noun = plural.slice(0, -2);
    else if (/s$/.test(plural)) noun = plural.slice(0, -1);
  }
  return `${formatCount(count)} ${noun}`;
}

// The life of a page: waiting for its kernel, ready, and the day its kernel or the server is gone.
window.tagcatTheme();

// anywidget drops a widget that has not begun after two seconds, which is soon passed where many load at once
// or the machine is busy: its place stays empty then. A page waits as long as its kernel may take.
(() => {
  const timeout = AbortSignal.timeout.bind(AbortSignal);
  AbortSignal.timeout = (milliseconds) => timeout(milliseconds === 2000 ? 90_000 : milliseconds);
})();

(() => {
  const started = performance.now();
  let step = "Waking the kernel…";
  let finished = false;

  const wait = () => document.getElementById("tc-wait");
  const show = () => {
    const box = wait();
    if (box && !finished) {
      const seconds = (performance.now() - started) / 1000;
      box.textContent = seconds > 90
        ? "This takes unusually long. The server's log may say why; loading the page again is safe."
        : seconds > 20
          ? `${step} The first look at a large collection takes a moment.`
          : step;
    }
  };

  // The bar of waiting stands below what is already there, from the first moment on: cells arrive one by
  // one while the page is still being read.
  const place = () => {
    nameOwner();
    const main = document.getElementById("rendered_cells");
    if (!main || finished) return;
    let box = wait();
    if (!box) {
      box = document.createElement("div");
      box.id = "tc-wait";
      box.className = "tc-wait";
      box.setAttribute("role", "status");
    }
    if (main.lastElementChild !== box) main.append(box);
    show();
  };
  const timer = setInterval(place, 250);

  // Voilà's template calls these while the cells run …
  window.voila_heartbeat = show;
  window.voila_process = (index, count) => {
    step = `Looking at the collection… ${Math.round((100 * index) / count)} %`;
    place();
  };
  window.update_loading_text = () => undefined;
  // … and its front end calls this when it is up: the widgets appear within the next moments.
  window.voila_finish = () => {
    if (!window.themeLoaded) {
      window.cellLoaded = true;
      step = "Nearly there…";
      return;
    }
    const waiting = document.querySelector('script[type="application/vnd.voila.cell-output+json"]');
    if (waiting) {
      setTimeout(window.voila_finish, 50);
      return;
    }
    finished = true;
    clearInterval(timer);
    wait()?.remove();
    document.body.dataset.tagcat = "ready";
    reach();
    watch();
  };
  window.display_cells = window.voila_finish;

  // A page that is left shuts its kernel down; what its widgets still wish to say then is of no interest.
  // Voilà's front end says farewell to the kernel; a page that is left before it is up must do so itself.
  let leaving = false;
  addEventListener("beforeunload", () => {
    leaving = true;
    const known = document.getElementById("jupyter-config-data");
    if (finished || !known) return;
    const { baseUrl, kernelId } = JSON.parse(known.textContent);
    const form = new FormData();
    form.append("_xsrf", /(?:^|; )_xsrf=([^;]*)/.exec(document.cookie)?.[1] ?? "");
    navigator.sendBeacon(`${baseUrl}voila/api/shutdown/${kernelId}`, form);
  });
  addEventListener("error", (event) => {
    if (leaving && event.message.includes("Cannot send")) event.preventDefault();
  });

  // A collection that another shares with the visitor is named in the address. It stays named on the way
  // from page to page, also in links that widgets show; a link that names one itself is left as it is.
  const chosen = new URLSearchParams(location.search).get("collection");
  const keep = (event) => {
    const link = event.target instanceof Element && event.target.closest("a[href]");
    if (!link) return;
    const url = new URL(link.href, location.href);
    const page = url.origin === location.origin && url.pathname.endsWith(".ipynb");
    if (!page || url.searchParams.has("collection")) return;
    url.searchParams.set("collection", chosen);
    link.href = url.href;
  };
  if (chosen) for (const kind of ["pointerdown", "focusin", "click"]) addEventListener(kind, keep, true);
  const named = () => {
    const name = document.createElement("bdi");
    name.textContent = chosen;
    return name;
  };
  const nameOwner = () => {
    if (!chosen) return;
    const heading = document.getElementById("Your-collection");
    if (heading && heading.dataset.owner !== chosen) {
      heading.dataset.owner = chosen;
      heading.textContent = "The collection of ";
      heading.append(named());
    }
    const visitor = document.querySelector(".tc-user");
    if (!visitor || document.querySelector(".tc-whose")) return;
    const whose = document.createElement("span");
    whose.className = "tc-whose";
    whose.title = "Whose collection this page shows";
    const own = document.createElement("a");
    const home = new URL(document.querySelector(".tc-brand").href);
    home.search = "?collection=";
    own.href = home.href;
    own.textContent = "Back to yours";
    whose.append(named(), own);
    visitor.before(whose);
    visitor.title = "Who you are";
  };

  // What is too wide for a narrow window scrolls sideways, a table above all: the keyboard must get there.
  const reach = () => {
    for (const area of document.querySelectorAll(".jp-OutputArea")) {
      if (area.scrollWidth > area.clientWidth) {
        area.tabIndex = 0;
        area.setAttribute("role", "group");
        area.setAttribute("aria-label", "Wider than the window: scrolls sideways");
      } else {
        for (const name of ["tabindex", "role", "aria-label"]) area.removeAttribute(name);
      }
    }
  };
  addEventListener("resize", reach);

  const banner = (text) => {
    const box = document.getElementById("tc-banner");
    box.textContent = text;
    box.hidden = !text;
  };

  // A page whose kernel is gone looks alive and does nothing: ask now and then, and say so.
  const watch = () => {
    const { baseUrl, kernelId } = JSON.parse(document.getElementById("jupyter-config-data").textContent);
    const ask = async () => {
      if (document.hidden) return;
      try {
        const answer = await fetch(`${baseUrl}api/kernels/${kernelId}`);
        const left = answer.status === 403 && document.querySelector(".tc-who");
        banner(
          answer.ok
            ? ""
            : left
              ? "You are signed out here. Load the page again to sign in; nothing is lost."
              : "This page went to sleep. Load it again to go on; nothing is lost.",
        );
      } catch {
        banner("TagCat no longer answers. Start it again in the terminal, then open the address it prints.");
      }
    };
    setInterval(ask, 15000);
    document.addEventListener("visibilitychange", ask);
  };
})();

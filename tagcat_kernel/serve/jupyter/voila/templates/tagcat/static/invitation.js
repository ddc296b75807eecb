// The code stands behind the # of the link, which no browser sends. It goes into the form, and out of the
// address, before anybody can look at it or keep it as a bookmark.
(() => {
  const take = () => {
    const code = decodeURIComponent(location.hash.slice(1));
    if (!code) return;
    document.getElementById("code").value = code;
    history.replaceState(null, "", location.pathname);
    document.querySelector("form button").focus();
  };
  take();
  addEventListener("hashchange", take);
})();

/* The page of runs that are still going: it loads itself again when the server has a newer one. */
(() => {
  const note = document.getElementById("live-note");
  const shown = new Date(document.lastModified).getTime();
  const ask = async () => {
    try {
      const answer = await fetch(location.pathname, { method: "HEAD", cache: "no-store" });
      const newest = new Date(answer.headers.get("Last-Modified")).getTime();
      note.textContent = "This page follows its runs.";
      if (answer.ok && newest !== shown && !document.querySelector("dialog[open]")) location.reload();
    } catch {
      note.textContent = "The command that serves this page has ended; this is what it showed last.";
    }
  };
  setInterval(ask, 2000);
})();

// The page is whole without this: it only asks for the same page again when the server has news,
// counts down what is left, and shows moments in the visitor's own time.
"use strict";

const PAUSE = 1000; // milliseconds between two reloads at least

function localTimes(root) {
  for (const time of root.querySelectorAll("time[datetime]:not([title])")) {
    const moment = new Date(time.dateTime);
    if (Number.isNaN(moment.getTime())) continue;
    time.title = time.textContent;
    const sameDay = moment.toDateString() === new Date().toDateString();
    time.textContent = sameDay
      ? moment.toLocaleTimeString()
      : moment.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
  }
}

function inWords(seconds) {
  if (seconds <= 0) return "0 s";
  const units = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
  const parts = [];
  let left = Math.floor(seconds);
  for (const [length, unit] of units) {
    const amount = Math.floor(left / length);
    left %= length;
    if (amount || parts.length) parts.push([amount, unit]);
  }
  return parts.slice(0, 2).filter(([amount]) => amount).map(([amount, unit]) => `${amount} ${unit}`).join(" ") || "0 s";
}

function countDown() {
  for (const span of document.querySelectorAll("[data-until]")) {
    span.textContent = inWords((new Date(span.dataset.until) - Date.now()) / 1000);
  }
}

// The form stays, with what somebody types into it; only what it offers changes. A choice that has
// gone leaves none, so that nobody sets by accident what they have not chosen.
function offer(page) {
  const old = document.getElementById("setting");
  const fresh = page.getElementById("setting");
  if (!old || !fresh) {
    old?.remove();
    if (fresh) document.getElementById("main").append(fresh);
    return;
  }
  const choice = old.querySelector("select");
  const chosen = choice.value;
  choice.replaceChildren(...fresh.querySelector("select").children);
  choice.value = chosen;
}

function follow() {
  let live = document.getElementById("live");
  if (!live || !live.dataset.stream) return;
  let source = null;
  let timer = null;
  let last = 0;

  async function refresh() {
    timer = null;
    last = Date.now();
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
    if (!answer || !answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("live");
    if (!fresh) return;
    const focused = document.activeElement?.id;
    const href = document.activeElement?.getAttribute?.("href");
    live.replaceWith(fresh);
    live = fresh;
    offer(page);
    localTimes(live);
    countDown();
    const again = (focused && document.getElementById(focused)) || (href && live.querySelector(`a[href="${CSS.escape(href)}"]`));
    again?.focus({ preventScroll: true });
    if (!live.dataset.stream) close();
  }

  function news(event) {
    const what = JSON.parse(event.data);
    const words = event.type === "finished" ? `${what.object} is finished: ${what.reason}` : `${what.status} is set`;
    document.getElementById("news").textContent = words;
    timer ??= setTimeout(refresh, Math.max(0, PAUSE - (Date.now() - last)));
  }

  function open() {
    if (source || !live.dataset.stream) return;
    source = new EventSource(live.dataset.stream);
    source.addEventListener("status", news);
    source.addEventListener("finished", news);
    source.addEventListener("lagged", refresh);
  }

  function close() {
    source?.close();
    source = null;
  }

  // A hidden page needs no connection; coming back, it asks for what it missed.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) close();
    else refresh().then(open);
  });
  addEventListener("pagehide", close);
  open();
}

localTimes(document);
countDown();
setInterval(countDown, 1000);
follow();

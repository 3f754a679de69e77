/* Service worker of patrons' pages: without a connection it shows Home and Loans as they were last seen.

The hub decides what is kept: a page with the header Kept-For, which names the patron by a keyed hash. What was kept for
one patron is deleted when they sign out or ask for erasure, and with the first page of another, named by Signed-In. */
"use strict";

const SHELL = "shell {{ version }}", SEEN = "seen ";
const OFFLINE = "{{ offline }}", FILES = ["{{ files|join:'", "' }}"], ENDS = ["{{ ends|join:'", "' }}"];
const PATIENCE = 8000, KEPT = 14 * 24 * 3600 * 1000; // milliseconds
let endings = 0;

async function remove(begin, except) {
  const names = await caches.keys();
  await Promise.all(names.filter(each => each.startsWith(begin) && each !== except).map(each => caches.delete(each)));
}

async function install() {
  const shell = await caches.open(SHELL);
  await shell.addAll([OFFLINE, ...FILES]);
  await self.skipWaiting();
}

async function activate() {
  await remove("shell ", SHELL);
  await self.clients.claim();
}

async function keep(url, answer, before) {
  const name = SEEN + answer.headers.get("Kept-For"), text = await answer.text();
  if (before !== endings) return; // the patron has signed out since
  await remove(SEEN, name);
  const offline = new Response(text.replace("<html ", "<html data-offline "), {headers: answer.headers});
  await (await caches.open(name)).put(url, offline);
  const shell = await caches.open(SHELL), notice = await shell.match(OFFLINE);
  const language = "Content-Language";
  if (!notice || notice.headers.get(language) !== answer.headers.get(language)) await shell.add(OFFLINE);
}

async function lastSeen(request) {
  const found = await caches.match(request.method === "GET" ? request.url : OFFLINE);
  if (found && Date.now() - Date.parse(found.headers.get("Date")) < KEPT) return found;
  return await caches.match(OFFLINE) || Response.error();
}

async function visit(event) {
  const {request} = event, before = endings;
  try {
    if (request.method === "POST") return await fetch(request);
    const late = new Promise((_, reject) => setTimeout(reject, PATIENCE));
    const answer = await Promise.race([fetch(request), late]);
    const patron = answer.headers.get("Signed-In");
    if (answer.headers.has("Kept-For")) event.waitUntil(keep(request.url, answer.clone(), before));
    else if (patron) event.waitUntil(remove(SEEN, SEEN + patron));
    return answer;
  } catch {
    return lastSeen(request);
  }
}

async function end(event) {
  endings += 1;
  await remove(SEEN);
  return visit(event);
}

self.addEventListener("install", event => event.waitUntil(install()));
self.addEventListener("activate", event => event.waitUntil(activate()));
self.addEventListener("fetch", event => {
  const {request} = event, url = new URL(request.url);
  if (url.origin !== location.origin) return;
  if (request.mode === "navigate") {
    event.respondWith(request.method === "POST" && ENDS.includes(url.pathname) ? end(event) : visit(event));
  } else if (FILES.includes(url.pathname)) {
    event.respondWith(fetch(request).catch(() => caches.match(request.url)));
  }
});

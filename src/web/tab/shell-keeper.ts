// Has the browser keep the page, so that it opens while its node is away (`worker/shell-worker.ts`), and can be installed.

/** Where browsers allow it: on this machine and by HTTPS. Without it the page is as good, but for that. */
export async function keepShell(): Promise<void> {
  if (!isSecureContext || !("serviceWorker" in navigator)) return;
  await navigator.serviceWorker.register("/worker.js").catch(() => undefined);
}

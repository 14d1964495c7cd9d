// Several pages of one browser: each is a node of its own, and a new one gets its invitation from one that is there already, so
// that a person needs one link for a browser and not one for each tab. Only pages of this server hear each other here.

/** On a channel of this name. */
const channelName = "glow tabs";
/** Of all pages that could answer, one does: who holds this lock. */
const lockName = "glow tabs answer";
const waitMs = 2000;

type SiblingMessage =
  | { readonly type: "ask"; readonly page: string }
  | { readonly type: "code"; readonly page: string; readonly code: string };

/** A code from another page; undefined if none gives one. */
export async function askSiblings(): Promise<string | undefined> {
  const channel = new BroadcastChannel(channelName);
  const page = String(crypto.getRandomValues(new Uint32Array(2)));
  try {
    return await new Promise<string | undefined>((resolve) => {
      channel.addEventListener("message", ({ data }: MessageEvent<SiblingMessage>) => {
        if (data.type === "code" && data.page === page) resolve(data.code);
      });
      say(channel, { type: "ask", page });
      setTimeout(() => resolve(undefined), waitMs);
    });
  } finally {
    channel.close();
  }
}

/** Answers those who ask with what `invite` gives, until it is stopped. Where there are no locks nobody is answered. */
export function answerSiblings(invite: () => Promise<string>): () => void {
  const end = new AbortController();
  const serve = async (): Promise<void> => {
    const channel = new BroadcastChannel(channelName);
    channel.addEventListener("message", ({ data }: MessageEvent<SiblingMessage>) => {
      if (data.type !== "ask") return;
      invite().then(
        (code) => say(channel, { type: "code", page: data.page, code }),
        // The other page says what to do without.
        () => undefined,
      );
    });
    await new Promise<void>((resolve) => end.signal.addEventListener("abort", () => resolve(), { once: true }));
    channel.close();
  };
  const { locks } = navigator as { readonly locks?: LockManager };
  locks
    ?.request(lockName, { signal: end.signal }, () => (end.signal.aborted ? undefined : serve()))
    .catch(() => undefined);
  return () => end.abort();
}

function say(channel: BroadcastChannel, message: SiblingMessage): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has no target but its origin
  channel.postMessage(message);
}

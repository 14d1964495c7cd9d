// The script of the thread that hears of changes in bound folders. It does nothing else: the system keeps only so many events
// for whoever does not listen.
//
//   to the thread     { type: "watch", id, path }              { type: "stop", id }
//   from the thread   { type: "changed", id, folders? }        { type: "limited", id, reason? }

import type { ChangedFolder } from "#glow";
import { NodeFolderWatch } from "#platform/nodejs/folder-watch.ts";
import { NodeTimers } from "#platform/nodejs/timers.ts";
import { nodeThreadPort } from "#platform/nodejs/worker-thread.ts";
import { packError, type PackedError } from "./folder-packing.ts";

export type ToWatchThread =
  | { readonly type: "watch"; readonly id: number; readonly path: string }
  | { readonly type: "stop"; readonly id: number };

export type FromWatchThread =
  | { readonly type: "changed"; readonly id: number; readonly folders: readonly ChangedFolder[] | undefined }
  | { readonly type: "limited"; readonly id: number; readonly reason: PackedError | undefined };

const port = nodeThreadPort();
const timers = new NodeTimers();
const watches = new Map<number, NodeFolderWatch>();

port.receive((message) => {
  // It comes from this program.
  const said = message as ToWatchThread;
  const { id } = said;
  if (said.type === "stop") {
    watches.get(id)?.stop();
    watches.delete(id);
    return;
  }
  const post = (each: FromWatchThread): void => port.post(each, []);
  const watch = new NodeFolderWatch(
    said.path,
    timers,
    (folders) => post({ type: "changed", id, folders }),
    (reason) => post({ type: "limited", id, reason: reason && packError(reason) }),
  );
  watches.set(id, watch);
});

// Moving through a list by keys: arrows, Home and End, space to choose, F2 to rename, Delete to remove.

import { type KeyboardEvent, useState } from "react";
import type { FileEntry } from "#interfaces/generated/drive.ts";
import { useFileActions } from "./file-actions.tsx";
import type { RowWindow } from "./use-window.ts";

export interface RowKeysOptions {
  readonly entries: readonly FileEntry[];
  /** Entries side by side. */
  readonly columns: number;
  readonly window: RowWindow;
  readonly chosen: ReadonlySet<string>;
  readonly onChoose: (object: string, isOn: boolean) => void;
}

export interface RowKeys {
  /** The one that Tab comes to. */
  readonly current: number;
  readonly setCurrent: (index: number) => void;
  readonly onKeyDown: (event: KeyboardEvent) => void;
}

export function useRowKeys({ entries, columns, window, chosen, onChoose }: RowKeysOptions): RowKeys {
  const [current, setCurrent] = useState(0);
  const { rename, remove } = useFileActions();
  // The key takes the focus along at once: left to a later rendering, it would be taken from what has it by then.
  const moveTo = (index: number): void => {
    const next = Math.min(entries.length - 1, Math.max(0, index));
    window.reveal(Math.floor(next / columns));
    setCurrent(next);
    window.scroller.current?.querySelector<HTMLElement>(`[data-index="${next}"]`)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const entry = entries[current];
    if (entry === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    if (!(event.target instanceof HTMLElement) || event.target.dataset["index"] === undefined) return;
    const action = {
      ArrowDown: () => moveTo(current + columns),
      ArrowUp: () => moveTo(current - columns),
      ArrowRight: columns > 1 ? () => moveTo(current + 1) : undefined,
      ArrowLeft: columns > 1 ? () => moveTo(current - 1) : undefined,
      Home: () => moveTo(0),
      End: () => moveTo(entries.length - 1),
      " ": () => onChoose(entry.object, !chosen.has(entry.object)),
      F2: () => rename(entry),
      Delete: () => remove([entry]),
    }[event.key];
    if (action === undefined) return;
    event.preventDefault();
    action();
  };
  return { current: Math.min(current, Math.max(0, entries.length - 1)), setCurrent, onKeyDown };
}

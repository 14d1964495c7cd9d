// What was dropped onto the page or chosen, with folders and all that is in them: each file with its path below the place.

import { mostUploads } from "./uploads.ts";

export interface ChosenFile {
  readonly file: File;
  /** With the folders that came with it: `photos/2024/a.jpg`. */
  readonly path: string;
}

export function chosenFiles(list: FileList | null): ChosenFile[] {
  return [...(list ?? [])].map((file) => ({ file, path: file.webkitRelativePath || file.name }));
}

/** To be called while the drop is handled: a browser forgets its items right after. */
export async function droppedFiles({ items, files }: DataTransfer): Promise<ChosenFile[]> {
  const entries = [...items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  if (entries.length === 0) return chosenFiles(files);
  const found: ChosenFile[] = [];
  for (const entry of entries) await gather(entry, "", found);
  return found;
}

async function gather(entry: FileSystemEntry, folder: string, found: ChosenFile[]): Promise<void> {
  if (found.length >= mostUploads) return;
  const path = folder + entry.name;
  if (isFile(entry)) {
    found.push(await chosen(entry, folder));
  } else if (isFolder(entry)) {
    const reader = entry.createReader();
    for (;;) {
      const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
      if (some.length === 0) return;
      // Each is asked of another process: one after the other, thousands take seconds.
      const files = some.filter(isFile).slice(0, mostUploads - found.length);
      found.push(...(await Promise.all(files.map((file) => chosen(file, `${path}/`)))));
      for (const each of some.filter(isFolder)) await gather(each, `${path}/`, found);
    }
  }
}

async function chosen(entry: FileSystemFileEntry, folder: string): Promise<ChosenFile> {
  const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
  return { file, path: folder + entry.name };
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}

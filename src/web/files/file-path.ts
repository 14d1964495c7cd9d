// Paths within a drive.

export function childPath(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}

export function parentPath(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Undefined if a file may be called so; else why not. */
export function nameFault(name: string): string | undefined {
  if (name.trim() === "") return "Give it a name.";
  if (name.includes("/")) return "A name has no slash in it.";
  if (name === "." || name === "..") return "That name has a meaning of its own.";
  if (new TextEncoder().encode(name).length > 255) return "That is too long: 255 bytes are the most.";
  return undefined;
}

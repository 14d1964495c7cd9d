// Where one is in the page, as the fragment of its address says: so that back, forward, reload and links work.

import { useSyncExternalStore } from "react";

export type Route =
  | { readonly page: "files"; readonly drive?: string; readonly path: string }
  | { readonly page: "trash"; readonly drive: string }
  | { readonly page: "devices" }
  | { readonly page: "activity" };

export function readRoute(hash: string): Route {
  const [page = "", ...parts] = hash
    .replace(/^#?\/?/, "")
    .split("/")
    .map(decoded);
  if (page === "devices" || page === "activity") return { page };
  const [drive = "", ...names] = parts;
  if (drive === "") return { page: "files", path: "" };
  return page === "trash" ? { page, drive } : { page: "files", drive, path: names.join("/") };
}

export function writeRoute(route: Route): string {
  if (route.page === "trash") return `#/trash/${encodeURIComponent(route.drive)}`;
  if (route.page !== "files") return `#/${route.page}`;
  if (route.drive === undefined) return "#/files";
  const names = route.path === "" ? [] : route.path.split("/");
  return `#/files/${[route.drive, ...names].map(encodeURIComponent).join("/")}`;
}

export function go(route: Route): void {
  location.hash = writeRoute(route);
}

export function useRoute(): Route {
  return readRoute(useSyncExternalStore(watchHash, () => location.hash));
}

function watchHash(changed: () => void): () => void {
  addEventListener("hashchange", changed);
  return () => removeEventListener("hashchange", changed);
}

/** Whoever types an address may type a lone %. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

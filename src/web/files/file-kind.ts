// What a file is to the page, by its name: how it shows, and what stands for it in lists.

import {
  IconFile,
  IconFileCode,
  IconFileMusic,
  IconFileText,
  IconFileTypePdf,
  IconFileZip,
  IconFolderFilled,
  IconLink,
  IconMovie,
  IconPhoto,
} from "@tabler/icons-react";
import type { FileEntry } from "#interfaces/generated/drive.ts";

export type FileKindShown =
  | "folder"
  | "link"
  | "image"
  | "video"
  | "audio"
  | "pdf"
  | "text"
  | "code"
  | "archive"
  | "other";

const ends: Readonly<Record<Exclude<FileKindShown, "folder" | "link" | "other">, string>> = {
  image: "png jpg jpeg gif webp avif bmp ico",
  video: "mp4 m4v webm ogv mov mkv",
  audio: "mp3 m4a aac ogg oga opus flac wav",
  pdf: "pdf",
  text: "txt md markdown rst log csv tsv tex org adoc srt vtt ini cfg conf properties env toml",
  code: "ts tsx js jsx mjs cjs json json5 yaml yml html htm css scss svg xml sh bash zsh py rb rs go c h cc cpp hpp java kt swift cs php pl lua sql r zig hs ml ex exs erl clj scala dart vue svelte graphql proto firefly gradle cmake make mk dockerfile nix diff patch lock gitignore editorconfig",
  archive: "zip tar gz tgz bz2 xz zst 7z rar iso",
};

const kinds = new Map(
  Object.entries(ends).flatMap(([kind, names]) => names.split(" ").map((end) => [end, kind as FileKindShown] as const)),
);

/** Names that have no end and are texts all the same. */
const textNames = /^(readme|license|licence|changelog|makefile|dockerfile|todo|notes|authors|copying)$/i;

export function fileKindOf({ kind, name }: Pick<FileEntry, "kind" | "name">): FileKindShown {
  if (kind === "folder") return "folder";
  if (kind === "link") return "link";
  if (textNames.test(name)) return "text";
  const end = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  return kinds.get(end) ?? "other";
}

export const kindIcons = {
  folder: IconFolderFilled,
  link: IconLink,
  image: IconPhoto,
  video: IconMovie,
  audio: IconFileMusic,
  pdf: IconFileTypePdf,
  text: IconFileText,
  code: IconFileCode,
  archive: IconFileZip,
  other: IconFile,
} as const satisfies Record<FileKindShown, unknown>;

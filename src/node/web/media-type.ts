// What a browser is told a file is. Only types that it shows and never runs: a file that somebody put into a drive must not
// become a script of this page, so everything else is bytes to be saved.

const shown: Readonly<Record<string, string>> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  avif: "image/avif",
  bmp: "image/bmp",
  ico: "image/x-icon",
  mp4: "video/mp4",
  m4v: "video/mp4",
  webm: "video/webm",
  ogv: "video/ogg",
  mov: "video/quicktime",
  mkv: "video/x-matroska",
  mp3: "audio/mpeg",
  m4a: "audio/mp4",
  aac: "audio/aac",
  ogg: "audio/ogg",
  oga: "audio/ogg",
  opus: "audio/ogg",
  flac: "audio/flac",
  wav: "audio/wav",
  pdf: "application/pdf",
};

export const unknownMediaType = "application/octet-stream";

/** By the end of the name. */
export function mediaTypeOf(name: string): string {
  const end = /\.([a-z0-9]{1,5})$/i.exec(name)?.[1]?.toLowerCase() ?? "";
  return (Object.hasOwn(shown, end) ? shown[end] : undefined) ?? unknownMediaType;
}

/** Of the files that the page is made of. */
const siteTypes: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
  png: "image/png",
  woff2: "font/woff2",
  webmanifest: "application/manifest+json",
};

export function siteTypeOf(path: string): string {
  const end = path.slice(path.lastIndexOf(".") + 1);
  return (Object.hasOwn(siteTypes, end) ? siteTypes[end] : undefined) ?? unknownMediaType;
}

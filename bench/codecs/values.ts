// The values that are packed and unpacked. None of them holds what JSON lacks (bytes, dates, large integers), since for
// those JSON needs conventions, and the comparison would be with the conventions.

import type { FileEntry, Listing, Message } from "./generated/records.ts";

export interface Values {
  readonly message: Message;
  readonly entry: FileEntry;
  readonly listing: Listing;
}

export const valueNames = ["message", "entry", "listing"] as const;
export type ValueName = (typeof valueNames)[number];

export const values: Values = {
  message: { id: 42, name: "hello world" },
  entry: fileEntry(7),
  listing: { entries: Array.from({ length: 1000 }, (_, index) => fileEntry(index)) },
};

function fileEntry(index: number): FileEntry {
  return {
    name: `photograph-${index}.jpeg`,
    sizeBytes: 1_000_000 + index * 977,
    modifiedMs: 1_790_000_000_000 + index * 60_000,
    readOnly: index % 3 === 0,
    tags: ["holiday", "sea", "2026"],
    owners: [
      { id: index, role: "writer" },
      { id: index + 1, role: "reader" },
    ],
    parent: index >> 4,
    ...(index % 2 === 1 && { comment: "Die Möwe über dem Hafen, früh am Morgen" }),
  };
}

// Where links to a page lead.

import { expect, test } from "vitest";
import { farLink, joinLink } from "./page-link.ts";

test("a code stands in the fragment, whether the page's address ends in a slash or not", () => {
  expect(joinLink("http://127.0.0.1:4569", "glow1a")).toBe("http://127.0.0.1:4569/#join=glow1a");
  expect(joinLink("http://127.0.0.1:4569/", "a&b")).toBe("http://127.0.0.1:4569/#join=a%26b");
});

test("elsewhere the same code leads in by HTTPS alone: over plain HTTP a page is a guest", () => {
  const link = joinLink("http://127.0.0.1:4569/", "glow1a");
  expect(farLink(link, [])).toBe(undefined);
  expect(farLink(link, ["http://192.0.2.7:4570/"])).toBe(undefined);
  expect(farLink(link, ["http://192.0.2.7:4570/", "https://192.0.2.7:4571/"])).toBe(
    "https://192.0.2.7:4571/#join=glow1a",
  );
});

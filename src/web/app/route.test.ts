// Addresses within the page: what is written is read back, and what somebody typed does no harm.

import { expect, test } from "vitest";
import { readRoute, type Route, writeRoute } from "./route.ts";

test.each<Route>([
  { page: "files", path: "" },
  { page: "files", drive: "Home", path: "" },
  { page: "files", drive: "a/b #1?", path: "100%/ü b/#x" },
  { page: "trash", drive: "Home" },
  { page: "devices" },
  { page: "activity" },
])("$page is read as it was written", (route) => {
  expect(readRoute(writeRoute(route))).toEqual(route);
});

test.each(["", "#", "#/", "#/nowhere", "#/files/", "#/trash", "#join"])("%s is the list of drives", (hash) => {
  expect(readRoute(hash)).toEqual({ page: "files", path: "" });
});

test("a lone percent sign is one", () => {
  expect(readRoute("#/files/Home/100%")).toEqual({ page: "files", drive: "Home", path: "100%" });
});

// A stream of bytes in a call, whose connection is cut again and again. The long version sends a gibibyte.

import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { transferByCall } from "./firefly-transfer.ts";

test("48 MiB as an argument of a call arrive whole over ten cuts, and no more than a window is sent again for each", async () => {
  const totalBytes = 48 * 1024 * 1024;
  const result = await transferByCall(totalBytes, 10, tmpdir());
  expect(result).toMatchObject({ receivedBytes: BigInt(totalBytes), isWhole: true, reconnects: 10 });
  expect(result.resentBytes).toBeLessThanOrEqual(result.allowedBytes);
});

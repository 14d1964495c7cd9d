// What is shown while something is waited for: with a role, so that a screen reader may say its name.

import { Loader } from "@mantine/core";

export function Loading({ label = "Loading" }: { readonly label?: string }) {
  return <Loader size="sm" type="dots" role="img" aria-label={label} />;
}

// The page: what surrounds everything, and which part is shown.

import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { useEffect } from "react";
import { ActivityPage } from "../activity/activity-page.tsx";
import { DevicesPage } from "../devices/devices-page.tsx";
import { FilesPage } from "../files/files-page.tsx";
import { TrashPage } from "../files/trash-page.tsx";
import { UploadsProvider } from "../files/uploads-context.tsx";
import { SiblingDoor } from "../tab/sibling-door.tsx";
import { ConnectionProvider, type TabSource, useTabStatus } from "../tab/tab-context.tsx";
import { type Route, useRoute } from "./route.ts";
import { Shell } from "./shell.tsx";
import { theme } from "./theme.ts";
import { Welcome } from "./welcome.tsx";

export function App({ tab, nonce }: { readonly tab: TabSource; readonly nonce: string }) {
  const status = useTabStatus(tab);
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={() => nonce} deduplicateInlineStyles>
      <Notifications position="bottom-right" limit={4} />
      <ConnectionProvider
        status={status}
        tab={tab}
        otherwise={<Welcome status={status} isGuest={tab.isGuest === true} retry={() => tab.retry()} />}
      >
        <SiblingDoor />
        <UploadsProvider>
          <Pages nonce={nonce} tab={tab} />
        </UploadsProvider>
      </ConnectionProvider>
    </MantineProvider>
  );
}

function Pages({ nonce, tab }: { readonly nonce: string; readonly tab: TabSource }) {
  const route = useRoute();
  useEffect(() => {
    document.title = `${titleOf(route)} · Glow`;
  }, [route]);
  return (
    <Shell route={route} tab={tab}>
      {route.page === "files" && <FilesPage drive={route.drive} path={route.path} nonce={nonce} />}
      {route.page === "trash" && <TrashPage drive={route.drive} />}
      {route.page === "devices" && <DevicesPage />}
      {route.page === "activity" && <ActivityPage />}
    </Shell>
  );
}

function titleOf(route: Route): string {
  if (route.page === "devices") return "Devices";
  if (route.page === "activity") return "Activity";
  if (route.page === "trash") return `Trash of ${route.drive}`;
  return route.path.split("/").pop() || route.drive || "Files";
}

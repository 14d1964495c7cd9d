// The uploads of this page, for all its parts: they go on while one looks at something else.

import { createContext, type ReactNode, use, useEffect, useState, useSyncExternalStore } from "react";
import { useConnectionIfAny } from "../tab/tab-context.tsx";
import { UploadTray } from "./upload-tray.tsx";
import { Uploads, type UploadTask } from "./uploads.ts";

const UploadsContext = createContext<Uploads | undefined>(undefined);

export function UploadsProvider({ children }: { readonly children: ReactNode }) {
  const [uploads] = useState(() => new Uploads());
  const connection = useConnectionIfAny();
  const node = connection?.isLive === true ? connection.node : undefined;
  useEffect(() => uploads.connect(node), [uploads, node]);
  return (
    <UploadsContext value={uploads}>
      {children}
      <UploadTray uploads={uploads} />
    </UploadsContext>
  );
}

export function useUploads(): Uploads {
  const uploads = use(UploadsContext);
  if (uploads === undefined) throw new TypeError("this is shown only within the uploads");
  return uploads;
}

export function useUploadTasks(uploads: Uploads): readonly UploadTask[] {
  return useSyncExternalStore(
    (changed) => uploads.watch(changed),
    () => uploads.tasks,
  );
}

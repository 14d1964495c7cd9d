// Takes what is dropped onto it, and shows that it would.

import { IconUpload } from "@tabler/icons-react";
import { type DragEvent, type ReactNode, useRef, useState } from "react";
import { tellFailure } from "../app/failure-notice.tsx";
import { type ChosenFile, droppedFiles } from "./dropped-files.ts";

export function DropArea({
  onFiles,
  disabled,
  children,
}: {
  readonly onFiles: (files: readonly ChosenFile[]) => void;
  readonly disabled: boolean;
  readonly children: ReactNode;
}) {
  const [isOver, setIsOver] = useState(false);
  // Each element below tells of entering and leaving, too.
  const depth = useRef(0);
  const isFiles = (event: DragEvent): boolean => !disabled && event.dataTransfer.types.includes("Files");
  const enter = (event: DragEvent, step: 1 | -1): void => {
    if (!isFiles(event)) return;
    depth.current += step;
    setIsOver(depth.current > 0);
  };
  return (
    <div
      className="part drop-area"
      onDragEnter={(event) => enter(event, 1)}
      onDragLeave={(event) => enter(event, -1)}
      onDragOver={(event) => {
        if (isFiles(event)) event.preventDefault();
      }}
      onDrop={(event) => {
        if (!isFiles(event)) return;
        event.preventDefault();
        depth.current = 0;
        setIsOver(false);
        droppedFiles(event.dataTransfer).then(onFiles, (error: unknown) =>
          tellFailure("What was dropped cannot be read", error),
        );
      }}
    >
      {children}
      {isOver && (
        <div className="drop-hint" aria-hidden>
          <div className="drop-words">
            <IconUpload size={28} />
            Drop to upload here
          </div>
        </div>
      )}
    </div>
  );
}

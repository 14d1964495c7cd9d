// A text that can be edited. Saving replaces the version that was opened and no other: what somebody else wrote meanwhile
// stays, as a conflict that both see.

import { Button, Loader } from "@mantine/core";
import { IconDeviceFloppy } from "@tabler/icons-react";
import { type ReactNode, useCallback, useEffect, useRef, useState } from "react";
import { FailureNotice, tellFailure } from "../app/failure-notice.tsx";
import { useConnection } from "../tab/tab-context.tsx";
import { useCall } from "../tab/use-stream.ts";
import { CodeArea, type CodeAreaHandle } from "./code-area.tsx";
import type { FilePreviewProps } from "./file-preview.tsx";
import { readText, textBytes } from "./text-content.ts";

export function TextEditor(props: FilePreviewProps & { readonly otherwise: ReactNode }) {
  const { drive, path, entry, otherwise } = props;
  // What is opened first; later versions are taken in by the editor, or offered.
  const [opened] = useState(entry.version);
  const { value, error, reload } = useCall(() => readText(drive, path), [drive, path, opened]);
  if (error !== undefined) return <FailureNotice title="This text cannot be read" error={error} retry={reload} />;
  if (value === undefined) {
    return (
      <div className="files-wait">
        <Loader size="sm" type="dots" aria-label="Loading" />
      </div>
    );
  }
  if (value.text === undefined) return otherwise;
  return <Editor {...props} text={value.text} version={value.version} />;
}

interface EditorProps extends FilePreviewProps {
  readonly text: string;
  readonly version: string | undefined;
}

function Editor({ drive, path, entry, nonce, text, version }: EditorProps) {
  const { may } = useConnection();
  const area = useRef<CodeAreaHandle>(null);
  const [isDirty, setIsDirty] = useState(false);
  const [isSaving, setIsSaving] = useState(false);
  /** The version that the text in the editor is an edit of. */
  const base = useRef(version);
  const isBehind = entry.version !== base.current;
  const mayWrite = may("write");
  const save = useCallback(async (): Promise<void> => {
    const saved = area.current?.text();
    if (saved === undefined) return;
    setIsSaving(true);
    try {
      const replaces = base.current === undefined ? [] : [base.current];
      const written = await drive.write(path, [textBytes(saved)], { replaces });
      base.current = written.version;
      setIsDirty(area.current?.text() !== saved);
    } catch (error) {
      tellFailure("This text is not saved", error);
    } finally {
      setIsSaving(false);
    }
  }, [drive, path]);
  const takeTheirs = useCallback(async (): Promise<void> => {
    const theirs = await readText(drive, path);
    if (theirs.text === undefined) return;
    area.current?.replace(theirs.text);
    base.current = theirs.version;
    setIsDirty(false);
  }, [drive, path]);
  useEffect(() => {
    // What comes in while nothing was typed simply shows.
    if (entry.version === base.current || isDirty || isSaving) return;
    void takeTheirs().catch((error: unknown) => tellFailure("What changed cannot be read", error));
  }, [entry.version, isDirty, isSaving, takeTheirs]);
  useLeaveWarning(isDirty);
  return (
    <div className="editor card">
      <CodeArea
        ref={area}
        first={text}
        nonce={nonce}
        isReadOnly={!mayWrite}
        label={`Text of ${entry.name}`}
        onEdit={(now) => setIsDirty(now !== text || base.current !== version)}
        onSave={() => void save()}
      />
      {mayWrite && (
        <div className="editor-foot">
          <span role="status" className={isDirty ? "" : "quiet"}>
            {stateText(isDirty, isSaving, isBehind)}
          </span>
          {isDirty && isBehind && (
            <Button variant="default" size="xs" onClick={() => void takeTheirs()}>
              Drop mine
            </Button>
          )}
          <Button
            size="xs"
            leftSection={<IconDeviceFloppy size={16} />}
            disabled={!isDirty}
            loading={isSaving}
            onClick={() => void save()}
          >
            {isDirty && isBehind ? "Save as conflict" : "Save"}
          </Button>
        </div>
      )}
    </div>
  );
}

function stateText(isDirty: boolean, isSaving: boolean, isBehind: boolean): string {
  if (isSaving) return "Saving";
  if (isDirty && isBehind) return "It was changed elsewhere meanwhile. Saving keeps both.";
  return isDirty ? "Not saved yet" : "Saved";
}

function useLeaveWarning(isDirty: boolean): void {
  useEffect(() => {
    if (!isDirty) return undefined;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, [isDirty]);
}

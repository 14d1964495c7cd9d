// A text that can be edited. Saving replaces the version that was opened and no other: what somebody else wrote meanwhile
// stays, as a conflict that both see.

import { Alert, Button, Group } from "@mantine/core";
import { IconDeviceFloppy, IconGitFork } from "@tabler/icons-react";
import { type ReactNode, useCallback, useEffect, useRef, useState } from "react";
import { FailureNotice, tellFailure } from "../app/failure-notice.tsx";
import { useConnection } from "../tab/tab-context.tsx";
import { useCall } from "../tab/use-stream.ts";
import { CodeArea, type CodeAreaHandle } from "./code-area.tsx";
import { parentPath } from "./file-path.ts";
import { FolderButton } from "./folder-button.tsx";
import type { FilePreviewProps } from "./file-preview.tsx";
import { readText, textBytes } from "./text-content.ts";
import { draftOf, keepDraft, type TextDraft } from "./text-drafts.ts";
import { Loading } from "../app/loading.tsx";

export function TextEditor(props: FilePreviewProps & { readonly otherwise: ReactNode }) {
  const { drive, driveName, path, entry, otherwise } = props;
  // What is opened first; later versions are taken in by the editor, or offered.
  const [opened] = useState(entry.version);
  const { value, error, reload } = useCall(() => readText(drive, path), [drive, path, opened]);
  if (error !== undefined) {
    const other = <FolderButton driveName={driveName} folder={parentPath(path)} />;
    return <FailureNotice title="This text cannot be read" error={error} retry={reload} other={other} />;
  }
  if (value === undefined) {
    return (
      <div className="files-wait">
        <Loading />
      </div>
    );
  }
  if (value.text === undefined) return otherwise;
  return <Editor {...props} opened={{ ...value, text: value.text }} />;
}

interface EditorProps extends FilePreviewProps {
  readonly opened: TextDraft["base"];
}

function Editor({ drive, driveName, path, entry, nonce, opened }: EditorProps) {
  const { may } = useConnection();
  const mayWrite = may("write");
  const area = useRef<CodeAreaHandle>(null);
  const [draft] = useState(() => draftOf(driveName, entry.object));
  /** What the text in the editor is an edit of. */
  const base = useRef(draft?.base ?? opened);
  const [isDirty, setIsDirty] = useState(draft !== undefined);
  const [isSaving, setIsSaving] = useState(false);
  const isBehind = entry.version !== base.current.version;
  const look = useCallback(
    (now: string): void => {
      const differs = now !== base.current.text;
      setIsDirty(differs);
      keepDraft(driveName, entry.object, differs ? { text: now, base: base.current } : undefined);
    },
    [driveName, entry.object],
  );
  /** Replaces what it is an edit of, and `also`. */
  const save = useCallback(
    async (...also: readonly (string | undefined)[]): Promise<void> => {
      const saved = area.current?.text();
      if (saved === undefined) return;
      setIsSaving(true);
      try {
        const replaces = [base.current.version, ...also].filter((each) => each !== undefined);
        const written = await drive.write(path, [textBytes(saved, base.current.lineEnd)], { replaces });
        base.current = { ...base.current, text: saved, version: written.version };
        look(area.current?.text() ?? saved);
      } catch (error) {
        tellFailure("This text is not saved", error);
      } finally {
        setIsSaving(false);
      }
    },
    [drive, path, look],
  );
  const takeTheirs = useCallback(async (): Promise<void> => {
    const theirs = await readText(drive, path);
    if (theirs.text === undefined) return;
    base.current = { ...theirs, text: theirs.text };
    area.current?.replace(theirs.text);
    look(theirs.text);
  }, [drive, path, look]);
  useEffect(() => {
    // What comes in while nothing was typed simply shows.
    if (entry.version === base.current.version || isDirty || isSaving) return;
    void takeTheirs().catch((error: unknown) => tellFailure("What changed cannot be read", error));
  }, [entry.version, isDirty, isSaving, takeTheirs]);
  useLeaveWarning(isDirty);
  return (
    <>
      {mayWrite && isDirty && isBehind && (
        <BothChanged
          isBusy={isSaving}
          keepBoth={() => void save()}
          keepMine={() => void save(entry.version)}
          takeTheirs={() => void takeTheirs().catch((error: unknown) => tellFailure("It cannot be read", error))}
        />
      )}
      <div className="editor card">
        <CodeArea
          ref={area}
          first={draft?.text ?? opened.text}
          nonce={nonce}
          isReadOnly={!mayWrite}
          label={`Text of ${entry.name}`}
          onEdit={look}
          onSave={() => void save()}
        />
        {mayWrite && (
          <div className="editor-foot">
            <span role="status" className={isDirty ? "" : "quiet"}>
              {isSaving ? "Saving" : isDirty ? "Not saved yet" : "Saved"}
            </span>
            <Button
              size="xs"
              leftSection={<IconDeviceFloppy size={16} />}
              disabled={!isDirty || isBehind}
              loading={isSaving}
              onClick={() => void save()}
            >
              Save
            </Button>
          </div>
        )}
      </div>
    </>
  );
}

/** Nothing is decided for the person: each of the three loses nothing, for every version stays in the history. */
function BothChanged({
  isBusy,
  keepBoth,
  keepMine,
  takeTheirs,
}: {
  readonly isBusy: boolean;
  readonly keepBoth: () => void;
  readonly keepMine: () => void;
  readonly takeTheirs: () => void;
}) {
  return (
    <Alert
      className="conflict"
      color="yellow"
      variant="light"
      icon={<IconGitFork />}
      title="This text was changed elsewhere while you were typing"
      role="alert"
    >
      <p className="conflict-words">
        What you typed is still here, and not saved. Keeping both makes a conflict, to be settled when you like.
      </p>
      <Group gap="xs">
        <Button size="compact-sm" variant="default" disabled={isBusy} onClick={keepBoth}>
          Keep both
        </Button>
        <Button size="compact-sm" variant="default" disabled={isBusy} onClick={keepMine}>
          Keep mine
        </Button>
        <Button size="compact-sm" variant="default" disabled={isBusy} onClick={takeTheirs}>
          Take theirs
        </Button>
      </Group>
    </Alert>
  );
}

function useLeaveWarning(isDirty: boolean): void {
  useEffect(() => {
    if (!isDirty) return undefined;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, [isDirty]);
}

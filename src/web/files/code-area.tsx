// CodeMirror as a component: it keeps its own state, and is asked for the text when that is needed.

import { EditorView, basicSetup } from "codemirror";
import { type Ref, useEffect, useImperativeHandle, useRef } from "react";

export interface CodeAreaHandle {
  text(): string;
  /** Only what differs is touched: the cursor stays, and it can be undone. */
  replace(text: string): void;
}

export interface CodeAreaProps {
  readonly ref?: Ref<CodeAreaHandle>;
  readonly first: string;
  /** Of the page's policy: CodeMirror makes its style sheet as it starts. */
  readonly nonce: string;
  readonly isReadOnly: boolean;
  readonly label: string;
  readonly onEdit?: (text: string) => void;
  readonly onSave?: () => void;
}

const look = EditorView.theme({
  "&": { height: "100%", fontSize: "14px", backgroundColor: "transparent", color: "inherit" },
  ".cm-scroller": { fontFamily: "var(--mantine-font-family-monospace)", lineHeight: "1.6" },
  ".cm-content": { padding: "14px 0", caretColor: "currentColor" },
  ".cm-line": { padding: "0 16px 0 10px" },
  ".cm-gutters": { backgroundColor: "transparent", color: "var(--page-quiet)", border: "none", paddingLeft: "8px" },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--page-accent) 6%, transparent)" },
  ".cm-activeLineGutter": { backgroundColor: "transparent", color: "inherit" },
  ".cm-cursor": { borderLeftColor: "currentColor" },
  "&.cm-focused": { outline: "none" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "color-mix(in srgb, var(--page-accent) 24%, transparent)",
  },
  ".cm-panels": { backgroundColor: "var(--page-surface)", color: "inherit", borderColor: "var(--page-edge)" },
});

export function CodeArea({ ref, first, nonce, isReadOnly, label, onEdit, onSave }: CodeAreaProps) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const told = useRef({ onEdit, onSave });
  told.current = { onEdit, onSave };
  useEffect(() => {
    if (place.current === null) return undefined;
    const made = new EditorView({
      doc: first,
      parent: place.current,
      extensions: [
        basicSetup,
        look,
        EditorView.cspNonce.of(nonce),
        EditorView.lineWrapping,
        EditorView.editable.of(!isReadOnly),
        EditorView.contentAttributes.of({ "aria-label": label }),
        EditorView.updateListener.of(({ docChanged, state }) => {
          if (docChanged) told.current.onEdit?.(state.doc.toString());
        }),
        EditorView.domEventHandlers({
          keydown: (event) => {
            if (event.key !== "s" || !(event.ctrlKey || event.metaKey)) return false;
            event.preventDefault();
            told.current.onSave?.();
            return true;
          },
        }),
      ],
    });
    view.current = made;
    return () => made.destroy();
    // The text is what one opens with; from then on it is the editor's.
  }, [nonce, isReadOnly, label]);
  useImperativeHandle(
    ref,
    () => ({
      text: () => view.current?.state.doc.toString() ?? first,
      replace: (text) => {
        const made = view.current;
        if (made === undefined) return;
        made.dispatch({ changes: differenceOf(made.state.doc.toString(), text) });
      },
    }),
    [first],
  );
  return <div className="code-area" ref={place} />;
}

/** From the first character that differs to the last. */
function differenceOf(before: string, after: string): { from: number; to: number; insert: string } {
  const most = Math.min(before.length, after.length);
  let from = 0;
  while (from < most && before[from] === after[from]) from++;
  let same = 0;
  while (same < most - from && before.at(-1 - same) === after.at(-1 - same)) same++;
  return { from, to: before.length - same, insert: after.slice(from, after.length - same) };
}

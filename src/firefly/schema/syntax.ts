// What the parser makes of a source: its declarations as written, with the place of each part. Names are not looked
// up yet; the linker does that, and numbers the members.

import type { Source, Span } from "./problem.ts";

export interface SyntaxFile {
  readonly source: Source;
  readonly imports: readonly SyntaxImport[];
  readonly declarations: readonly SyntaxDeclaration[];
}

export interface SyntaxImport extends Span {
  readonly names: readonly SyntaxName[];
  /** As written: `./other.firefly`. */
  readonly from: string;
  readonly fromSpan: Span;
}

export interface SyntaxName extends Span {
  readonly text: string;
}

/** What a doc comment says. */
export interface SyntaxDocumentation {
  readonly text?: string;
  readonly deprecated?: string;
  readonly open?: Span;
  readonly was?: SyntaxName;
  /** For a declaration without members. */
  readonly kind?: "record" | "interface";
}

interface Documented {
  readonly name: SyntaxName;
  readonly documentation: SyntaxDocumentation;
}

export type SyntaxDeclaration =
  | (Documented & { readonly kind: "record"; readonly fields: readonly SyntaxField[] })
  | (Documented & { readonly kind: "interface"; readonly methods: readonly SyntaxMethod[] })
  | (Documented & { readonly kind: "enum"; readonly members: readonly SyntaxMember[] })
  | (Documented & { readonly kind: "union"; readonly tag: string; readonly arms: readonly SyntaxArm[] });

export interface SyntaxField extends Documented {
  readonly type: SyntaxType;
  readonly optional: boolean;
}

export interface SyntaxMethod extends Documented {
  readonly parameters: readonly SyntaxField[];
  readonly result: SyntaxType;
}

export type SyntaxMember = Documented;

export interface SyntaxArm extends Documented {
  readonly fields: readonly SyntaxField[];
}

export type SyntaxType = Span &
  (
    | { readonly kind: "name"; readonly name: string; readonly arguments: readonly SyntaxType[] }
    | { readonly kind: "list"; readonly item: SyntaxType }
    | { readonly kind: "nullable"; readonly value: SyntaxType }
    | { readonly kind: "literal"; readonly text: string }
  );

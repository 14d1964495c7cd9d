// Reads the names of all limits out of src/base/limits.ts: `fireflyLimits.calls` and so on.

import { parseSync } from "vite";

export function limitsOf(text: string): string[] {
  const limits: string[] = [];
  for (const statement of parseSync("limits.ts", text).program.body) {
    if (statement.type !== "ExportNamedDeclaration" || statement.declaration?.type !== "VariableDeclaration") continue;
    for (const { id, init } of statement.declaration.declarations) {
      const table = init?.type === "TSAsExpression" ? init.expression : init;
      if (id.type !== "Identifier" || table?.type !== "ObjectExpression") continue;
      for (const property of table.properties) {
        if (property.type === "Property" && property.key.type === "Identifier")
          limits.push(`${id.name}.${property.key.name}`);
      }
    }
  }
  return limits;
}

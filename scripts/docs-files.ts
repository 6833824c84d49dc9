import { schemas } from "../packages/specs/src/index.ts";
import { code, fieldsOf, GENERATED, table, variants, type Schema } from "./docs-markdown.ts";

const INTRODUCTION = `# Files

${GENERATED}

A project is a folder. \`evenkeel apply DIR\` uploads it as one revision, \`evenkeel validate DIR\` checks it without a server.

\`\`\`
<project>/
  shipyard.yaml                     stages, and which of them are automated
  <stage>/<service>/
    remediation.yaml                problem → actions
    slo.yaml                        objectives
    service.yaml                    what to act on, waits, bounds
    prometheus/sli.yaml             how indicators are queried
    dynatrace/sli.yaml
\`\`\`

Every file but shipyard.yaml may also lie at the stage or at the project, for all services below. The nearest one counts; SLI files
are merged, one indicator at a time. Whoever wants help while typing puts the schema's address at the top of a file:
\`# yaml-language-server: $schema=…/docs/reference/schemas/remediation.json\`.
`;

/** Every file with its fields, from the schemas that check it. */
export function filesPage(): string {
  const sections = Object.entries(schemas() as Record<string, Schema>).map(([kind, schema]) => {
    const generations = variants(schema).map((variant) => {
      const rows = fieldsOf(variant).map((field) => [
        code(field.path),
        field.type,
        field.required ? "yes" : "",
        field.description,
      ]);
      const heading = variant.description && variant !== schema ? `### ${variant.description}\n\n` : "";
      return `${heading}${table(["Field", "Type", "Required", "Meaning"], rows)}`;
    });
    return [`## ${kind}.yaml`, `Schema: [schemas/${kind}.json](schemas/${kind}.json)`, ...generations].join("\n\n");
  });
  return [INTRODUCTION, ...sections].join("\n\n");
}

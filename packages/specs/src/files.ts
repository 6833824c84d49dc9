import type { RemediationFile } from "@evenkeel/remediation";
import type { Slo } from "@evenkeel/evaluation";
import { z } from "zod";
import type { Parsed } from "./finding.ts";
import { RemediationYaml, parseRemediation } from "./remediation.ts";
import { ServiceFile, parseService } from "./service.ts";
import type { Service } from "./service.ts";
import { ShipyardFile, parseShipyard } from "./shipyard.ts";
import type { Shipyard } from "./shipyard.ts";
import { SliFile, parseSli } from "./sli.ts";
import type { Sli } from "./sli.ts";
import { SloFile, parseSlo } from "./slo.ts";

/** What each kind of file parses to. */
export interface FileTypes {
  shipyard: Shipyard;
  remediation: RemediationFile;
  slo: Slo;
  sli: Sli;
  service: Service;
}

export type FileKind = keyof FileTypes;

const PARSERS: { [Kind in FileKind]: (text: string) => Parsed<FileTypes[Kind]> } = {
  shipyard: parseShipyard,
  remediation: parseRemediation,
  slo: parseSlo,
  sli: parseSli,
  service: parseService,
};

const SCHEMAS: Record<FileKind, z.ZodType> = {
  shipyard: ShipyardFile,
  remediation: RemediationYaml,
  slo: SloFile,
  sli: SliFile,
  service: ServiceFile,
};

/** Parses a file of a known kind. */
export function parseFile<Kind extends FileKind>(kind: Kind, text: string): Parsed<FileTypes[Kind]> {
  return PARSERS[kind](text);
}

/** JSON Schemas (2020-12) of what people may write, for editors; `anyOf` where a file has two generations. */
export function schemas(): Record<FileKind, object> {
  const toSchema = (kind: FileKind) => ({
    title: `${kind}.yaml`,
    ...z.toJSONSchema(SCHEMAS[kind], { io: "input", unrepresentable: "any" }),
  });
  return {
    shipyard: toSchema("shipyard"),
    remediation: toSchema("remediation"),
    slo: toSchema("slo"),
    sli: toSchema("sli"),
    service: toSchema("service"),
  };
}

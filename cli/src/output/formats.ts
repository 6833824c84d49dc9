export const FORMATS = ["table", "wide", "json", "yaml", "jsonl", "name"] as const;
export type Format = (typeof FORMATS)[number];

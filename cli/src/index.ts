export { cliReference } from "./reference.ts";
export { ROLES, startPlatform, type Platform, type PlatformOptions, type Role } from "./platform.ts";

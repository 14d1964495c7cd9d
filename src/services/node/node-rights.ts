// Which right each call of a node and of what it consists of needs.

import type { Folders } from "#interfaces/generated/folders.ts";
import type { Links } from "#interfaces/generated/links.ts";
import type { Log } from "#interfaces/generated/log.ts";
import type { Named, Names } from "#interfaces/generated/names.ts";
import type { Node } from "#interfaces/generated/node.ts";
import type { Pages } from "#interfaces/generated/pages.ts";
import type { Settings } from "#interfaces/generated/settings.ts";
import type { User } from "#interfaces/generated/user.ts";
import type { Access } from "../access/access.ts";
import { guarded, type MethodRights } from "../access/guarded.ts";
import { guardedDrive, guardedDrives } from "../drive/drive-rights.ts";

export const linksRights: MethodRights<Links> = {
  state: "anyone",
  watch: "anyone",
  route: "anyone",
  probe: "anyone",
  keep: "administer",
};

export const userRights: MethodRights<User> = {
  info: "anyone",
  watch: "anyone",
  create: "administer",
  rename: "administer",
  renameDevice: "administer",
  invite: (role) => (role === "tab" ? "invite" : "administer"),
  invitations: "administer",
  cancelInvitation: "administer",
  join: "administer",
  revoke: "administer",
  neighbours: "administer",
};

export const foldersRights: MethodRights<Folders> = {
  list: "folders",
  watch: "folders",
  check: "folders",
  bind: "folders",
  unbind: "folders",
  pause: "folders",
  resume: "folders",
  rebind: "folders",
  confirmEmpty: "folders",
};

export const logRights: MethodRights<Log> = { recent: "administer", follow: "administer" };

export const settingsRights: MethodRights<Settings> = {
  get: "administer",
  watch: "administer",
  set: "administer",
  restore: "administer",
  history: "administer",
};

export const pagesRights: MethodRights<Pages> = {
  info: "anyone",
  link: "administer",
  visitors: "administer",
  guest: "administer",
  dismiss: "administer",
  content: "read",
};

const nodeRights: MethodRights<Node> = {
  info: "anyone",
  ping: "anyone",
  time: "anyone",
  user: "anyone",
  links: "anyone",
  drives: "read",
  names: "anyone",
  folders: "folders",
  log: "administer",
  settings: "administer",
  reach: "anyone",
  lend: "anyone",
  pages: "anyone",
  stop: "administer",
};

const namesRights: MethodRights<Names> = { find: "anyone", list: "anyone" };

/** Another node, for one who has no more rights there than here. */
export function guardedNode(node: Node, access: Access): Node {
  return guarded(node, nodeRights, access, {
    user: (user) => guardedUser(user, access),
    links: (links) => guarded(links, linksRights, access),
    drives: (drives) => guardedDrives(drives, access),
    names: (names) => guarded(names, namesRights, access, { find: (named) => guardedNamed(named, access) }),
    folders: (folders) => guarded(folders, foldersRights, access),
    log: (log) => guarded(log, logRights, access),
    settings: (settings) => guarded(settings, settingsRights, access),
    pages: (pages) => guarded(pages, pagesRights, access),
    reach: (other) => guardedNode(other, access),
    lend: (lent) => guardedNode(lent, access),
  });
}

export function guardedUser(user: User, access: Access): User {
  return guarded(user, userRights, access);
}

function guardedNamed(named: Named, access: Access): Named {
  if (named.kind !== "file") return named;
  access.check("read", "names.find");
  return { ...named, drive: guardedDrive(named.drive, access) };
}

// Where one is in a drive, each step a link. On a phone only the last steps have room.

import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { Fragment } from "react";
import { writeRoute } from "../app/route.ts";

/** On a phone: one step up. */
export function BackLink({ name, href }: { readonly name: string; readonly href: string }) {
  return (
    <a className="crumbs-back phone-only" href={href} aria-label={`Up to ${name}`}>
      <IconChevronLeft size={22} aria-hidden />
    </a>
  );
}

export function Crumbs({ drive, path }: { readonly drive: string; readonly path: string }) {
  const names = path === "" ? [] : path.split("/");
  const steps = [
    { name: "Files", href: writeRoute({ page: "files", path: "" }) },
    { name: drive, href: writeRoute({ page: "files", drive, path: "" }) },
    ...names.map((name, at) => ({
      name,
      href: writeRoute({ page: "files", drive, path: names.slice(0, at + 1).join("/") }),
    })),
  ];
  return (
    <nav className="crumbs" aria-label="Path">
      <BackLink {...(steps.at(-2) ?? { name: "Files", href: "#/files" })} />
      {steps.map(({ name, href }, at) => (
        <Fragment key={href}>
          {at > 0 && <IconChevronRight className="crumbs-mark" size={16} aria-hidden />}
          {at === steps.length - 1 ? (
            <h1 className="crumbs-here one-line" title={name}>
              {name}
            </h1>
          ) : (
            <a className="crumbs-step one-line" href={href}>
              {name}
            </a>
          )}
        </Fragment>
      ))}
    </nav>
  );
}

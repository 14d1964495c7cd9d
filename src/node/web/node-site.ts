// The page as a node of its user sees it: its files, contents by ticket, and at `/mesh` a WebSocket that is a pipe of the mesh
// like any other. A page is no second way in: it links, joins and calls as every node does.

import type { Pipe } from "#glow";
import type { HttpRequest, HttpResponse } from "#platform/http.ts";
import { type ContentDesk, contentPath } from "./content-desk.ts";
import type { PageFiles } from "./page-files.ts";
import { refusal } from "./response.ts";
import type { Site } from "./web-server.ts";

export interface NodeSiteParts {
  readonly files: PageFiles;
  readonly contents: ContentDesk;
  /** Takes a pipe that was asked for: `mesh.accept`. */
  readonly mesh: (pipe: Pipe) => void;
}

const meshPath = "/mesh";

export class NodeSite implements Site {
  readonly documents = ["/"];
  readonly #parts: NodeSiteParts;

  constructor(parts: NodeSiteParts) {
    this.#parts = parts;
  }

  respond(path: string, request: HttpRequest): Promise<HttpResponse> | HttpResponse {
    const { files, contents } = this.#parts;
    if (path === meshPath) return refusal(426, "This is a WebSocket.", { upgrade: "websocket", connection: "close" });
    return path.startsWith(contentPath) ? contents.answer(path, request) : files.answer(path, request);
  }

  upgrade(path: string): HttpResponse | ((pipe: Pipe) => void) {
    return path === meshPath ? this.#parts.mesh : refusal(404, "There is nothing here.");
  }
}

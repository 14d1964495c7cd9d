// Which rows of a long list are in sight, so that only these are made.

import { type RefObject, useLayoutEffect, useRef, useState } from "react";
import { flushSync } from "react-dom";

export interface RowWindow {
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly first: number;
  /** Behind the last one. */
  readonly end: number;
  readonly widthPx: number;
  /** Scrolls there if need be; the row is made when this returns. Not while rendering. */
  reveal(row: number): void;
}

interface Size {
  readonly topPx: number;
  readonly heightPx: number;
  readonly widthPx: number;
}

/** Rows beyond the edge, made before they are scrolled to. */
const spareRows = 12;

export function useWindow(rows: number, rowPx: number): RowWindow {
  const scroller = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState<Size>({ topPx: 0, heightPx: 800, widthPx: 0 });
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    const measure = (): void => setSize(sizeOf(element));
    const watcher = new ResizeObserver(measure);
    watcher.observe(element);
    element.addEventListener("scroll", measure, { passive: true });
    measure();
    return () => {
      watcher.disconnect();
      element.removeEventListener("scroll", measure);
    };
  }, []);
  const first = Math.max(0, Math.floor(size.topPx / rowPx) - spareRows);
  const end = Math.min(rows, Math.ceil((size.topPx + size.heightPx) / rowPx) + spareRows);
  return {
    scroller,
    first: Math.min(first, end),
    end,
    widthPx: size.widthPx,
    reveal: (row) => {
      const element = scroller.current;
      if (element === null) return;
      const topPx = row * rowPx;
      if (topPx < element.scrollTop) element.scrollTop = topPx;
      else if (topPx + 2 * rowPx > element.scrollTop + element.clientHeight) {
        element.scrollTop = topPx + 2 * rowPx - element.clientHeight;
      }
      flushSync(() => setSize(sizeOf(element)));
    },
  };
}

function sizeOf({ scrollTop, clientHeight, clientWidth }: HTMLElement): Size {
  return { topPx: scrollTop, heightPx: clientHeight, widthPx: clientWidth };
}

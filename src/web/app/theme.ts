// Colours and shapes of the page: warm on quiet greys. Text on the primary colour has a contrast above 4.5 in both schemes.

import { createTheme, Drawer, type MantineColorsTuple, Menu, Modal } from "@mantine/core";

const ember: MantineColorsTuple = [
  "#fff4ec",
  "#ffe4d2",
  "#ffc7a3",
  "#ffa66f",
  "#ff8b45",
  "#f97316",
  "#dd5a0b",
  "#b8470a",
  "#93390d",
  "#772f0f",
];

const dark: MantineColorsTuple = [
  "#e9eaee",
  "#c9cbd3",
  "#a5a8b3",
  "#8b8f9c",
  "#454853",
  "#353741",
  "#2a2c34",
  "#202228",
  "#17181c",
  "#101114",
];

export const theme = createTheme({
  primaryColor: "ember",
  primaryShade: 7,
  colors: { ember, dark },
  defaultRadius: "md",
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace",
  headings: { fontWeight: "650" },
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    // The document itself never scrolls; and the lock would bring a style sheet that the page's policy refuses.
    // And a dialog is there at once: until it were faded in, keys would go to what is below it.
    Modal: Modal.extend({
      defaultProps: {
        lockScroll: false,
        closeButtonProps: { "aria-label": "Close" },
        transitionProps: { duration: 0 },
      },
    }),
    Drawer: Drawer.extend({ defaultProps: { lockScroll: false, closeButtonProps: { "aria-label": "Close" } } }),
    // The placeholder would be something in a menu that is no item of it.
    Menu: Menu.extend({ defaultProps: { withInitialFocusPlaceholder: false } }),
  },
});

// Runs in the page: what each panel shows, and what is wrong with its texts.
export function inspect() {
  const SMALLEST = 10;
  const visible = (element) => {
    const { width, height } = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    return width > 0 && height > 0 && style.visibility !== 'hidden' && style.opacity !== '0';
  };
  const texts = (root) => {
    const found = [];
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = walker.currentNode;
      if (node.data.trim() && visible(node.parentElement)) {
        found.push(node);
      }
    }
    return found;
  };
  const boxOf = (node) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    return range.getBoundingClientRect();
  };
  /** The first ancestor that hides what does not fit, and cannot be scrolled. */
  const cutBy = (node, root) => {
    const text = boxOf(node);
    for (let element = node.parentElement; element && element !== root.parentElement; element = element.parentElement) {
      const style = getComputedStyle(element);
      const box = element.getBoundingClientRect();
      const sideways = style.overflowX === 'hidden' || style.overflowX === 'clip';
      const down = style.overflowY === 'hidden' || style.overflowY === 'clip';
      if (['auto', 'scroll'].includes(style.overflowY) || ['auto', 'scroll'].includes(style.overflowX)) {
        return text.right > box.right + 1 ? 'width, scrolled' : null;
      }
      if (sideways && (text.right > box.right + 1 || text.left < box.left - 1)) {
        return 'width';
      }
      if (down && (text.bottom > box.bottom + 2 || text.top < box.top - 2)) {
        return 'height';
      }
    }
    const box = root.getBoundingClientRect();
    return text.right > box.right + 1 || text.left < box.left - 1 || text.bottom > box.bottom + 1 ? 'panel' : null;
  };
  const overlapping = (boxes) => {
    const found = [];
    boxes.forEach((one, index) => {
      for (const other of boxes.slice(index + 1)) {
        const wide = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
        const high = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top);
        if (wide > 2 && high > 2) {
          found.push(`${one.name} / ${other.name}`);
        }
      }
    });
    return found;
  };
  return [...document.querySelectorAll('[data-panel]')].map((panel) => {
    const state = panel.querySelector('[data-empty], [data-error]');
    const found = texts(panel);
    const said = (node) => node.data.trim();
    return {
      title: panel.dataset.panel,
      kind: panel.dataset.kind,
      empty: state?.dataset.empty === 'true',
      error: state?.dataset.error ?? '',
      text: panel.innerText,
      small: found.filter((node) => parseFloat(getComputedStyle(node.parentElement).fontSize) < SMALLEST).map(said),
      cut: found.filter((node) => cutBy(node, panel)).map((node) => `${said(node)} (${cutBy(node, panel)})`),
      overlapping: overlapping(found.map((node) => ({ name: said(node), box: boxOf(node) }))),
    };
  });
}

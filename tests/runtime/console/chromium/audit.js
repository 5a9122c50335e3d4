// What is wrong with the page for a keyboard, a screen reader or weak eyes: a list of texts, empty when nothing is.
() => {
  const problems = [];
  const all = (selector) => [...document.querySelectorAll(selector)].filter((each) => each.checkVisibility());
  const named = (each) => `<${each.tagName.toLowerCase()}> ${(each.textContent || each.id).trim().slice(0, 40)}`;

  if (document.documentElement.scrollWidth > document.documentElement.clientWidth) {
    const wide = all("body *").filter((each) => each.getBoundingClientRect().right > innerWidth + 1 && !each.closest(".wide, pre"));
    problems.push(`the page is wider than the window: ${wide.slice(0, 3).map(named)}`);
  }
  if (!document.documentElement.lang) problems.push("no language");
  if (!document.title.trim()) problems.push("no title");
  if (all("main").length !== 1) problems.push("not one main part");

  const headings = all("h1, h2, h3, h4").map((each) => Number(each.tagName[1]));
  if (headings.filter((level) => level === 1).length !== 1 || headings[0] !== 1) problems.push(`headings: ${headings}`);
  headings.forEach((level, at) => { if (at && level > headings[at - 1] + 1) problems.push(`a heading is left out: ${headings}`); });

  const ids = [...document.querySelectorAll("[id]")].map((each) => each.id);
  const twice = ids.filter((each, at) => ids.indexOf(each) !== at);
  if (twice.length) problems.push(`ids that stand twice: ${twice}`);

  for (const each of all("input:not([type=hidden]), select, textarea")) {
    if (!each.labels.length && !each.getAttribute("aria-label")) problems.push(`no label: ${each.name}`);
  }
  for (const each of all("a[href], button, [role=region], svg[role=img]")) {
    const label = each.getAttribute("aria-label") || document.getElementById(each.getAttribute("aria-labelledby"))?.textContent;
    if (!(label || each.textContent).trim()) problems.push(`no name: ${each.outerHTML.slice(0, 80)}`);
  }
  for (const each of all("table")) {
    if (!each.querySelector("th[scope=col]")) problems.push(`a table without heads: ${named(each)}`);
  }
  for (const each of all(".wide, pre")) {
    if (each.scrollWidth > each.clientWidth && each.tabIndex < 0) problems.push(`scrolls by mouse only: ${named(each)}`);
  }

  // Contrast, by the formula of WCAG 2: 4.5 for text, 3 for large text.
  const numbers = (colour) => (colour.match(/[\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, at) => sum + v * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = (each) => {
    for (let at = each; at; at = at.parentElement) {
      const box = at.ownerSVGElement && at.parentElement.querySelector("rect");
      const [r, g, b, a = 1] = numbers(box ? getComputedStyle(box).fill : getComputedStyle(at).backgroundColor);
      if (a > 0) return [r, g, b];
    }
    return matchMedia("(prefers-color-scheme: dark)").matches ? [0, 0, 0] : [255, 255, 255];
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const said = new Set();
  while (walker.nextNode()) {
    const each = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !each.checkVisibility() || each.closest("title, datalist, option, .skip")) continue;
    const style = getComputedStyle(each);
    const front = light(numbers(each.ownerSVGElement ? style.fill : style.color)), back = light(behind(each));
    const contrast = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (contrast < (large ? 3 : 4.5)) said.add(`contrast ${contrast.toFixed(2)}: ${named(each)}`);
  }
  return [...problems, ...said];
}

'use strict';
// Draws the visible rows: the diagram is as long as the trace, the drawing as high as the window.

const { rowHeight, charWidth, laneSpacing, rightMargin, shapes, leftCorners } = layout.style;
let callout = 58; // the height of the words below the row of the violation
const above = 14;
const geometry = {
  gutter: 0, width: 0,
  xs: [], // the lane of each server; that of a hidden server is on the previous lane, and the first is the edge of the step numbers
};
const svg = document.getElementById('diagram');

// Places the lanes in the available width. A narrow window scrolls sideways.
function arrange(width) {
  const isNarrow = width < 620;
  const left = isNarrow || view.servers.size > 4 ? 150 : 170;
  const gaps = view.servers.size - 1;
  geometry.gutter = isNarrow ? 46 : 74;
  const spacing = Math.min(330, Math.max(laneSpacing, (width - geometry.gutter - left - rightMargin) / Math.max(1, gaps)));
  geometry.width = Math.max(width, geometry.gutter + left + gaps * spacing + rightMargin);
  let next = geometry.gutter + left;
  geometry.xs = [geometry.gutter];
  for (let server = 1; server <= servers; server++) {
    const isShown = view.servers.has(server);
    geometry.xs.push(isShown ? next : geometry.xs[server - 1]);
    next += isShown ? spacing : 0;
  }
  const { bad, says } = calloutLines();
  callout = 24 + (bad.length + says.length) * 17;
}

const heightOf = () => above + (view.shown.length + 1) * rowHeight + (violationRow >= 0 ? callout : 0);

// The middle of a row. A row that is not shown lies between its neighbours.
function yOf(row) {
  const place = view.place[row];
  return above + (place + 0.5) * rowHeight + (violationRow >= 0 && place > view.place[violationRow] ? callout : 0);
}

// The place of the first shown row at a height or below it.
function placeAt(y) {
  let place = Math.floor((y - above) / rowHeight);
  if (violationRow >= 0 && place > view.place[violationRow]) {
    place = Math.max(view.place[violationRow], Math.floor((y - above - callout) / rowHeight));
  }
  return Math.min(Math.max(place, 0), view.shown.length - 1);
}

const clip = (text, chars) => text.length <= chars ? text : `${text.slice(0, Math.max(1, chars - 1))}…`;

// The drawing of everything between two heights.
function draw(top, bottom, left) {
  const first = placeAt(top);
  const last = placeAt(bottom);
  if (last < 0) {
    return '';
  }
  const from = view.shown[first];
  const to = view.shown[last];
  const parts = [patterns()];
  drawFaultSpans(parts, from, to);
  drawRules(parts, first, last);
  drawLanes(parts, top, bottom, from, to);
  drawArrows(parts, from, to);
  for (let place = first; place <= last; place++) {
    drawRow(parts, view.shown[place]);
  }
  drawGutter(parts, first, last, left);
  return parts.join('');
}

function patterns() {
  return '<defs><pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    + '<rect width="7" height="7" fill="var(--down)" opacity=".55"/><rect width="2.5" height="7" fill="var(--soft)" opacity=".45"/>'
    + '</pattern></defs>';
}

const sides = ['var(--side-a)', 'var(--side-b)', 'var(--side-c)', 'var(--side-d)'];

function drawFaultSpans(parts, from, to) {
  for (const span of faultSpans) {
    const until = span.until ?? rows.length - 1;
    if (until < from || span.from > to) {
      continue;
    }
    const y = yOf(span.from);
    const height = yOf(until) - y + (span.until === undefined ? rowHeight / 2 : 0);
    for (const column of span.columns) {
      if (view.servers.has(column.server)) {
        const x = geometry.xs[column.server] + column.offset - column.width / 2;
        const fill = column.side === undefined ? 'url(#hatch)' : sides[column.side];
        parts.push(`<rect x="${x}" y="${y}" width="${column.width}" height="${Math.max(height, 2)}" fill="${fill}"/>`);
      }
    }
  }
}

function drawRules(parts, first, last) {
  for (let place = first; place <= last; place++) {
    const number = view.shown[place];
    const row = rows[number];
    const y = yOf(number);
    const box = `x="0" y="${y - rowHeight / 2}" width="${geometry.width}" height="${rowHeight}"`;
    if (number === violationRow) {
      parts.push(`<rect class="violated" ${box}/>`);
    }
    if (number === view.row) {
      parts.push(`<rect class="${number === violationRow ? 'framed' : 'current'}" ${box}/>`);
    }
    parts.push(`<rect ${box} fill="transparent" data-row="${number}"/>`);
    parts.push(`<line class="rule" x1="${geometry.gutter}" x2="${geometry.width}" y1="${y}" y2="${y}"/>`);
  }
}

// Step numbers, and the words of the violation. They do not scroll sideways with the lanes.
function drawGutter(parts, first, last, left) {
  parts.push(`<g class="gutter" transform="translate(${left} 0)">`);
  if (left > 0) {
    const y = yOf(view.shown[first]) - rowHeight;
    const height = yOf(view.shown[last]) + rowHeight - y;
    parts.push(`<rect x="0" y="${y}" width="${geometry.gutter + 4}" height="${height}" fill="var(--page)"/>`);
  }
  for (let place = first; place <= last; place++) {
    drawStep(parts, view.shown[place]);
  }
  parts.push('</g>');
}

function drawStep(parts, number) {
  const row = rows[number];
  const y = yOf(number);
  const right = geometry.gutter - 12;
  const isViolation = number === violationRow;
  if (isViolation) {
    parts.push(`<rect class="flag" x="0" y="${y - rowHeight / 2}" width="${geometry.gutter - 4}" height="${rowHeight}"/>`);
    drawCallout(parts, y + rowHeight / 2);
  } else if (row.isCause) {
    parts.push(`<circle class="cause" cx="${geometry.gutter - 4}" cy="${y}" r="3.5"/>`);
  }
  if (number === view.row && !isViolation) {
    parts.push(`<rect x="0" y="${y - rowHeight / 2}" width="4" height="${rowHeight}" fill="var(--accent)"/>`);
  }
  const ink = isViolation ? ' flagtext' : '';
  const below = geometry.gutter < 60 ? '' : isViolation ? 'violation' : row.time ?? '';
  parts.push(`<text class="step${ink}" x="${right}" y="${below === '' ? y + 4 : y - 1}" text-anchor="end">${row.step}</text>`);
  parts.push(`<text class="time${ink}" x="${right}" y="${y + 10}" text-anchor="end">${below}</text>`);
}

function drawLanes(parts, top, bottom, from, to) {
  for (const server of view.servers) {
    const x = geometry.xs[server];
    const list = points[server];
    let i = pointAt(server, from - 1);
    let y = i < 0 ? Math.max(top, above) : Math.max(top, yOf(list[i].row));
    for (; i < list.length; i++) {
      const next = list[i + 1];
      const end = next === undefined || next.row > to ? bottom : yOf(next.row);
      const low = Math.min(end, heightOf() - rowHeight / 2);
      if (low > y) {
        parts.push(lane(x, y, low, list[i]));
        y = low;
      }
      if (next === undefined || next.row > to) {
        break;
      }
    }
  }
}

function lane(x, y, end, point) {
  const ends = `x1="${x}" x2="${x}" y1="${y}" y2="${end}"`;
  if (point?.isDown) {
    return `<line class="downline" ${ends}/>`;
  }
  const state = stateOf(point);
  const { laneWidth, coreWidth, dashes } = state === undefined ? { laneWidth: 2 } : styleOf(state.role);
  const { hue, round } = colourOf(state?.term ?? 0);
  // The lane of a term whose colour was used before has a light core.
  const core = round === 0 ? '' : `<line ${ends} stroke="var(--page)" stroke-width="${coreWidth}"/>`;
  return `<line ${ends} stroke="${hue}" stroke-width="${laneWidth}"${dashes === undefined ? '' : ` stroke-dasharray="${dashes}"`}/>${core}`;
}

function drawArrows(parts, from, to) {
  const chosen = [];
  arrows.forEach((arrow, number) => {
    const begin = arrow.sent ?? arrow.end;
    const end = arrow.end ?? begin;
    if (end >= from && begin <= to && showsArrow(arrow)) {
      (number === view.arrow ? chosen : parts).push(drawArrow(arrow, number));
    }
  });
  parts.push(...chosen);
}

const at = ({ server, dx, row, dy }) => [geometry.xs[server] + dx, yOf(row) + dy];

function drawArrow(arrow, number) {
  const [x1, y1] = at(arrow.tail);
  const [x2, y2] = at(arrow.tip);
  const { hue } = colourOf(arrow.term);
  const path = `M${x1} ${y1}L${x2} ${y2}`;
  const kinds = [arrow.outcome, number === view.arrow && 'chosen', arrow.isCopy && 'copy', y2 - y1 > 12 * rowHeight && 'long'];
  const place = `transform="translate(${x2} ${y2})`;
  const turn = Math.atan2(y2 - y1, x2 - x1) * 180 / Math.PI;
  const end = arrow.outcome === 'arrived' ? `<path class="head" ${place} rotate(${turn})" d="${shapes.head}" style="fill:${hue}"/>`
    : arrow.outcome === 'lost' ? `<path class="cross" ${place}" d="${shapes.cross}"/>`
    : `<circle ${place}" r="3" fill="none" stroke="${hue}"/>`;
  return `<g class="message ${kinds.filter(Boolean).join(' ')}" data-arrow="${number}" role="button" aria-label="${esc(nameOf(arrow))}">`
    + `<path class="touch" d="${path}"/><path class="way" d="${path}" stroke="${hue}"/>${end}<title>${esc(nameOf(arrow))}</title></g>`;
}

const outcomes = { arrived: 'arrived', lost: 'lost', inFlight: 'still in flight' };
const nameOf = arrow => `${messageOf(arrow).type} S${arrow.from} → S${arrow.to}, term ${arrow.term}: ${arrow.label}`
  + `${arrow.isCopy ? ', a copy' : ''}, ${outcomes[arrow.outcome]}`;

function drawRow(parts, number) {
  const row = rows[number];
  const y = yOf(number);
  const isShown = one => view.servers.has(one.server);
  const changes = [...row.changes, ...(number === violationRow ? layout.diagram.unchangedSubjects : [])];
  changes.filter(isShown).forEach(change => drawChange(parts, change, number, y));
  row.labels.filter(isShown).forEach(label => drawLabel(parts, label, y));
  if (row.banner !== undefined) {
    parts.push(`<line class="division" x1="${geometry.gutter}" x2="${geometry.width}" y1="${y}" y2="${y}"/>`);
    parts.push(`<text class="banner halo" x="${geometry.gutter + 8}" y="${y - 4}">${esc(row.banner)}</text>`);
  }
}

// Only messages that are shown can be chosen at their words.
function drawLabel(parts, { server, words, arrows: together, isLost, dx, dy, from, left }, y) {
  const shown = together.filter(one => showsArrow(arrows[one]));
  if (isLost && shown.length === 0) {
    return;
  }
  const x = geometry.xs[server] + dx;
  const clipped = clip(words, Math.floor((x - geometry.xs[from] - left) / charWidth));
  const text = `<text class="label halo" x="${x}" y="${y + dy}" text-anchor="end">${esc(clipped)}</text>`;
  const number = shown.find(one => one === view.arrow) ?? shown[0];
  parts.push(number === undefined ? text
    : `<g class="message${number === view.arrow ? ' chosen' : ''}" data-arrow="${number}">${text}</g>`);
}

function drawChange(parts, change, number, y) {
  const x = geometry.xs[change.server];
  const state = stateOf(change);
  const chosen = number === view.row && view.server === change.server ? ' chosen' : '';
  parts.push(`<g class="state${chosen}" data-row="${number}" data-server="${change.server}" role="button"`
    + ` aria-label="State of S${change.server} after step ${rows[number].step}">`);
  if (change.isCrash) {
    parts.push(`<circle cx="${x}" cy="${y}" r="9" fill="var(--page)"/>`
      + `<path class="crash" transform="translate(${x} ${y})" d="${shapes.crash}"/>`);
  } else if (state !== undefined) {
    parts.push(node(x, y, state));
  }
  if (change.badge !== undefined) {
    const { hue, ink } = colourOf(state.term);
    parts.push(`<rect x="${x + 15}" y="${y - 8}" width="${change.badgeWidth}" height="16" rx="5" fill="${hue}"/>`
      + `<text class="badge" x="${x + 15 + change.badgeWidth / 2}" y="${y + 4}" style="fill:${ink}">${esc(change.badge)}</text>`);
  }
  if (change.effect !== undefined) {
    parts.push(`<text class="halo" x="${x + change.effectDx}" y="${y + 4}">${esc(change.effect)}</text>`);
  }
  if (change.strip !== undefined) {
    drawStrip(parts, change.strip, x, y, state);
  }
  if (change.isSubject) {
    parts.push(`<circle class="subject" cx="${x}" cy="${y}" r="12"/>`);
  }
  parts.push('</g>');
}

// A hollow symbol: the term or the vote is not durable.
function node(x, y, state) {
  const { hue } = colourOf(state.term);
  const isDurable = state.durableTerm === state.term && (state.durableVote ?? 0) === (state.votedFor ?? 0);
  return `<path class="node" transform="translate(${x} ${y})" d="${styleOf(state.role).shape}" stroke="${hue}"`
    + ` style="fill:${isDurable ? hue : 'var(--page)'}"/>`;
}

// Filled: durable; hollow: in memory only. One line below: committed; two: applied.
function drawStrip(parts, strip, x, y, state) {
  parts.push(...strip.words.map(({ dx, text }) => `<text class="step halo" x="${x + dx}" y="${y + 4}">${text}</text>`));
  for (let i = 0; i < strip.count; i++) {
    const entry = strip.first + i;
    const left = x + strip.dx + i * strip.cellWidth;
    parts.push(cell(left, y, strip.cellWidth, state.log[entry].term, state.snapshotIndex + entry + 1, state));
  }
  parts.push(...strip.rings.map(({ dx, width }) =>
    `<rect class="subject" x="${x + dx}" y="${y - 10}" width="${width}" height="22" rx="3"/>`));
}

function cell(x, y, size, term, index, state) {
  const { hue, ink, round } = colourOf(term);
  const isDurable = index <= state.durableIndex;
  const line = height => `<line class="cellmark" x1="${x}" x2="${x + size - 1}" y1="${height}" y2="${height}"/>`;
  return `<rect class="entry" x="${x + 0.75}" y="${y - 8}" width="${size - 2.5}" height="14" rx="2" stroke="${hue}"`
    + `${isDurable ? '' : ' stroke-dasharray="3 2"'} style="fill:${isDurable ? hue : 'var(--page)'}"/>`
    + (round === 0 || !isDurable ? ''
      : `<path transform="translate(${x} ${y})" d="M${size - 6.75} -9h6v6Z${leftCorners[round - 1]}" fill="var(--page)"/>`)
    + `<text class="cellterm" x="${x + size / 2 - 0.5}" y="${y + 2.5}" style="fill:${isDurable ? ink : 'var(--ink)'}">${term}</text>`
    + (index <= state.commitIndex ? line(y + 8.4) : '') + (index <= state.applied ? line(y + 11.2) : '');
}

// The words of the violation, wrapped to the width of the window.
function calloutLines() {
  const chars = width => Math.max(20, Math.floor((width - 26) / 7.3));
  const width = Math.min(geometry.width, document.getElementById('scroll').clientWidth);
  const message = trace.violation.message.split('\n')[0];
  return {
    bad: wrap(`✗ ${trace.violation.property}: ${message}`, chars(width)).slice(0, 8),
    says: wrap(`${layout.property.sentence} (${layout.property.place})`, Math.floor(chars(width) * 1.15)).slice(0, 8),
    width,
  };
}

function wrap(text, chars) {
  const lines = [''];
  for (const word of text.split(' ')) {
    if (lines.at(-1) !== '' && lines.at(-1).length + 1 + word.length > chars) {
      lines.push('');
    }
    lines[lines.length - 1] += `${lines.at(-1) === '' ? '' : ' '}${clip(word, chars)}`;
  }
  return lines;
}

function drawCallout(parts, top) {
  const { bad, says, width } = calloutLines();
  const height = callout - 8;
  parts.push(`<rect x="0" y="${top}" width="${width}" height="${height}" fill="var(--bad-soft)"/>`);
  parts.push(`<rect class="flag" x="0" y="${top}" width="5" height="${height}"/>`);
  bad.forEach((line, i) => parts.push(`<text class="badtext" x="14" y="${top + 19 + i * 17}">${esc(line)}</text>`));
  says.forEach((line, i) => parts.push(`<text x="14" y="${top + 21 + (bad.length + i) * 17}">${esc(line)}</text>`));
}

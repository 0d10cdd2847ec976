"""Bar charts as SVG, drawn by hand: nothing to install, and a diff that can be read."""
from html import escape

WIDTH, LEFT, RIGHT, BAR, GAP, TOP = 720, 200, 90, 16, 14, 44
COLOURS = {"sluice": "#0b6e99", "nginx": "#4a9b5f", "haproxy": "#c7793b", "h2o": "#8a6fb0", "caddy": "#9a9a9a",
           "varnish": "#b0506f"}


def bars(title, groups, unit):
    """`groups` is [(label, [(series, value), ...])]; one bar for each value, in the colour of its series."""
    most = max(value for _, values in groups for _, value in values)
    scale = (WIDTH - LEFT - RIGHT) / most
    parts, y = [], TOP
    for label, values in groups:
        middle = y + len(values) * BAR / 2 + 4
        parts.append(f'<text x="{LEFT - 10}" y="{middle:.0f}" text-anchor="end">{escape(label)}</text>')
        for series, value in values:
            width = value * scale
            parts += [f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR - 2}" fill="{COLOURS[series]}"/>',
                      f'<text x="{LEFT + width + 5:.1f}" y="{y + 11}" class="value">{series} {shown(value)}</text>']
            y += BAR
        y += GAP
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" font-family="sans-serif" font-size="12">',
        "<style>text { fill: #333 } .value { font-size: 10px } "
        "@media (prefers-color-scheme: dark) { text { fill: #ddd } }</style>",
        f'<text x="{LEFT}" y="22" font-size="15">{escape(title)}</text>',
        f'<text x="{LEFT}" y="36" class="value">{escape(unit)}</text>', *parts, "</svg>", ""])


def shown(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"

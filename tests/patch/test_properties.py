"""For sources of any shape: the patch adds its lines, and taking them out gives the bytes back."""

import ast

from hypothesis import given, settings
from hypothesis import strategies as st

from vifcast_nova.cli.patch import calls, diff, entries, places
from vifcast_nova.cli.patch.source import Source

COOKIES = {"utf-8": "", "latin-1": "# -*- coding: latin-1 -*-\n"}
WRAPPINGS = ["", "if tag:\n", "with self.lock:\n", "try:\n"]


@st.composite
def layouts(draw: st.DrawFn) -> dict[str, str]:
    """How somebody's editor writes: indent, line end, encoding, comments, blank lines."""
    return {
        "indent": draw(st.sampled_from(["    ", "  ", "\t"])),
        "end": draw(st.sampled_from(["\n", "\r\n", "\r"])),
        "encoding": draw(st.sampled_from(sorted(COOKIES))),
        "comment": draw(
            st.sampled_from(["", "# caf\u00e9\n", "\n\n", "\x0c\n", "# a\x0bb\x1cc\n"])
        ),
        "wrapping": draw(st.sampled_from(WRAPPINGS)),
        "last": draw(st.sampled_from(["", "\n", "\n\n# end", "\n# end\n"])),
        "prefix": draw(st.sampled_from(["", "_"])),
        "quote": draw(st.sampled_from(["'", '"'])),
        "after": draw(st.sampled_from(["", "  # caf\u00e9"])),
    }


def written(lines: list[str], layout: dict[str, str]) -> bytes:
    text = COOKIES[layout["encoding"]] + "\n".join(lines) + layout["last"]
    return text.replace("\n", layout["end"]).encode(layout["encoding"])


def manager(layout: dict[str, str]) -> bytes:
    one = layout["indent"]
    lines = [
        "class ComputeManager(object):",
        f"{one}def _notify_about_instance_usage(self, context, instance, suffix): pass",
    ]
    for verb in ("attach", "detach"):
        lines.append(f"{one}def {layout['prefix']}{verb}_interface(self, context, instance, tag):")
        for phase in ("START", "END"):
            depth = one * 2
            if layout["wrapping"]:
                lines.append(depth + layout["wrapping"].rstrip())
                depth += one
            lines += (depth + layout["comment"]).split("\n") if "#" in layout["comment"] else [""]
            lines += [
                f"{depth}compute_utils.notify_about_instance_action(",
                f"{depth}context, instance, self.host,{layout['after']}",
                f"{depth}action=fields.NotificationAction.INTERFACE_{verb.upper()},",
                f"{depth}phase=fields.NotificationPhase.{phase})",
            ]
            if layout["wrapping"].startswith("try"):
                lines += [one * 2 + "finally:", one * 3 + "pass"]
    return written(lines, layout)


def rpc(layout: dict[str, str]) -> bytes:
    one, quote = layout["indent"], layout["quote"]
    return written(
        [
            "class LegacyValidatingNotifier(object):",
            f"{one}allowed_legacy_notification_event_types = [",
            f"{one * 2}{quote}compute.instance.update{quote},",
            f"{one * 2}{quote}compute.instance.volume.detach{quote},{layout['after']}",
            f"{one * 2}{quote}keypair.create.end{quote}]",
        ],
        layout,
    )


def applied_by_patch(shown: bytes) -> int:
    return sum(1 for line in shown.split(b"\n") if line.startswith(b"+") and line[:4] != b"+++ ")


def without_ours(tree: ast.AST) -> str:
    """The syntax tree without what the patch adds, as text."""

    class Remover(ast.NodeTransformer):
        def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
            ours = "self._notify_about_instance_usage" in ast.unparse(node)
            return None if ours else node

        def visit_List(self, node: ast.List) -> ast.List:
            node.elts = [e for e in node.elts if "interface_" not in ast.unparse(e)]
            return node

    return ast.dump(Remover().visit(tree))


@settings(max_examples=300, deadline=None)
@given(layouts())
def test_eight_lines_go_in_and_come_out_whatever_the_layout(layout: dict[str, str]) -> None:
    for find, content in ((calls.find, manager(layout)), (entries.find, rpc(layout))):
        source = Source("nova/x.py", "/nova/x.py", content)
        found = find(source)
        assert [place.state for place in found] == [places.MISSING] * 4
        patched = Source("nova/x.py", "/nova/x.py", places.with_lines(source, found))
        again = find(patched)
        assert [place.state for place in again] == [places.OURS] * 4
        assert len(patched.lines) == len(source.lines) + 4
        assert places.without_lines(patched, again) == content
        assert without_ours(patched.tree) == without_ours(source.tree)
        shown = diff.unified("nova/x.py", content, patched.content)
        if layout["end"] != "\r":
            assert applied_by_patch(shown) == 4

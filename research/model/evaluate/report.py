"""The results as a section of a model card."""

from __future__ import annotations

from typing import Any

percent = lambda value: f"{100 * value:.1f} %"
KINDS = {
    "one_ink": "one ink",
    "duotone": "two tones",
    "colour": "colour",
    "new_one_ink": "one ink, unseen sets",
    "new_outlines": "coloured outlines, unseen sets",
}


def table(head: list[str], rows: list[list[str]]) -> list[str]:
    """A Markdown table."""
    return [f"| {' | '.join(cells)} |" for cells in [head, ["---"] * len(head), *rows]]


def recall_row(title: str, numbers: dict[str, float]) -> list[str]:
    return [title, str(numbers["prompts"]), percent(numbers["recall_1"]), percent(numbers["recall_5"])]


def sampler_row(name: str, n: dict[str, Any]) -> list[str]:
    recalls = [percent(n["recall_1"]), percent(n["recall_5"])]
    return [name, str(n["passes"] or ""), *recalls, f"{n['frechet']:.2f}", percent(n["haze"])]


def distances(title: str, numbers: dict[str, float]) -> list[str]:
    return [
        title,
        *(f"{numbers[key]:.3f}" for key in ("p05", "median", "p95")),
        percent(numbers["near_copies"]),
    ]


def skipping_lines(skipping: dict[str, float] | None) -> list[str]:
    if skipping is None:
        return []
    values = ", ".join(f"{value:.4f} at k = {skip}" for skip, value in skipping.items())
    return [
        "",
        "One guided DDIM step of k timesteps of the teacher ends this far (RMS of the latent) from small steps of 5,",
        f"which bounds what distillation with that skipping step can learn: {values}.",
        "",
        "![error over k](pictures/skipping.png)",
    ]


def section(results: dict[str, Any]) -> str:
    """Markdown. Pictures are expected in pictures/ beside it."""
    judge, memory, vae = results["judge"], results["memorisation"], results["autoencoder"]
    unseen, known, words = judge["left_out"], judge["trained"], results["words"]
    samplers = {**results["real_and_student"], **results.get("teacher", {})}
    titles = {
        "everyday": "everyday names, bare",
        "sentences": 'the same in sentences ("a home icon, flat, simple")',
        "held_out": "held-out concepts, 4 references",
        "random": "trained concepts, 4 references",
    }
    return "\n".join(
        [
            "Written by `python3 -m model.evaluate`; do not edit.",
            "",
            "**Autoencoder**, over white, none of the pictures trained on:",
            "",
            *table(
                ["pictures", "number", "dB"],
                [[KINDS[kind], str(vae["pictures"][kind]), f"{db:.1f}"] for kind, db in vae["psnr_white"].items()],
            ),
            "",
            f"**Judge**: a classifier of {judge['classes']} concepts, trained on real pictures only. Of",
            f"{unseen['pictures']} real pictures that it has not seen it names {percent(unseen['recall_1'])} right",
            f"({percent(unseen['recall_5'])} within five guesses), of those it was trained on {percent(known['recall_1'])}.",
            "",
            *table(
                ["pictures", "passes", "recall@1", "recall@5", "Fréchet distance", "haze"],
                [sampler_row(name, numbers) for name, numbers in samplers.items()],
            ),
            "",
            f"Recall over {samplers['real']['prompts']} trained concepts with references, Fréchet distance over",
            f"{samplers['real']['pictures']} pictures in the judge's features.",
            "",
            *table(
                ["LCM, 4 steps, two seeds", "pictures", "recall@1", "recall@5"],
                [recall_row(title, words[key]) for key, title in titles.items()],
            ),
            "",
            "![everyday names, bare, seed 1](pictures/everyday.png)",
            "",
            "![held-out concepts below the real icons](pictures/held_out.png)",
            "",
            *table(
                ["everyday names with 8 references of", "pictures", "recall@1", "recall@5"],
                [recall_row(style, numbers) for style, numbers in results["unseen_styles"].items()],
            ),
            "",
            *(f"![in the style of {style}](pictures/style-{style}.png)\n" for style in results["unseen_styles"]),
            *table(
                ["distance to the nearest trained picture (RMS at 16×16)", "5 %", "median", "95 %", "below 0.03"],
                [distances("generated", memory["generated"]), distances("real, held out", memory["held_out"])],
            ),
            "",
            f"The nearest trained picture shows the asked-for concept in {percent(memory['nearest_has_the_concept'])}.",
            "",
            "![generated above their nearest trained pictures](pictures/nearest.png)",
            "",
            "![guidance](pictures/guidance.png)",
            *skipping_lines(results.get("skipping")),
            "",
        ]
    )

"""The results as a section of a model card."""

from __future__ import annotations

from typing import Any

percent = lambda value: f"{100 * value:.1f} %"


def sampler_rows(table: dict[str, Any]) -> list[str]:
    row = lambda name, n: (
        f"| {name} | {n['passes'] or ''} | {percent(n['recall_1'])} | {percent(n['recall_5'])} "
        f"| {n['frechet']:.2f} | {percent(n['haze'])} |"
    )
    return [row(name, numbers) for name, numbers in table.items()]


def word_rows(words: dict[str, Any]) -> list[str]:
    titles = {
        "everyday": "everyday names, bare",
        "sentences": 'the same in sentences ("a house icon, flat, simple")',
        "held_out": "held-out concepts",
        "composed": "a colour and a thing",
        "held_out_and_composed": "the last two together",
    }
    row = lambda title, n: f"| {title} | {n['prompts']} | {percent(n['recall_1'])} | {percent(n['recall_5'])} |"
    return [row(title, words[key]) for key, title in titles.items()]


def distances(title: str, numbers: dict[str, float]) -> str:
    values = " | ".join(f"{numbers[key]:.3f}" for key in ("p05", "median", "p95"))
    return f"| {title} | {values} | {percent(numbers['near_copies'])} |"


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
    judge, memory, autoencoder = results["judge"], results["memorisation"], results["autoencoder"]
    unseen, known, words = judge["left_out"], judge["trained"], results["words"]
    table = {**results["real_and_student"], **results.get("teacher", {})}
    return "\n".join(
        [
            "Written by `python3 -m model.evaluate`; do not edit.",
            "",
            f"**Autoencoder**, {autoencoder['pictures']} icons of held-out concepts: {autoencoder['psnr_rgba']:.1f} dB over",
            f"the premultiplied values, {autoencoder['psnr_white']:.1f} dB as seen over white.",
            "",
            f"**Judge**: a classifier of {judge['classes']} concepts, trained on real pictures only. Of",
            f"{unseen['pictures']} real pictures that it has not seen it names {percent(unseen['recall_1'])} right",
            f"({percent(unseen['recall_5'])} within five guesses), of those it was trained on {percent(known['recall_1'])}.",
            "",
            "| pictures | passes | recall@1 | recall@5 | Fréchet distance | haze |",
            "| --- | --- | --- | --- | --- | --- |",
            *sampler_rows(table),
            "",
            f"Recall over {table['real']['prompts']} trained concepts, Fréchet distance over {table['real']['pictures']}",
            "pictures in the judge's features, haze = share of pixels with an opacity between 3 and 25 %.",
            "",
            "| LCM, 4 steps, two seeds | pictures | recall@1 | recall@5 |",
            "| --- | --- | --- | --- |",
            *word_rows(words),
            "",
            f"The asked-for colour is a main one in {percent(words['composed']['colours_followed'])} of the pictures.",
            "",
            "![a colour and a thing](pictures/composed.png)",
            "",
            "![held-out concepts](pictures/held_out.png)",
            "",
            "| distance to the nearest trained picture (RMS at 16×16) | 5 % | median | 95 % | below 0.03 |",
            "| --- | --- | --- | --- | --- |",
            distances("generated", memory["generated"]),
            distances("real, held out", memory["held_out"]),
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

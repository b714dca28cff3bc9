"""Reduce the tree of worlds to what the customer, automation and the bearers of the cost see of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rules.deciding.tree import Tree, View, World, reduce
from rules.recommending.views import WorldViews


@dataclass(frozen=True, slots=True)
class ReducedTrees:
    """The tree of worlds reduced once a view: splits that make no difference to the view are removed."""

    customer: Any
    automation: Any
    bearing: Any

    @property
    def settled(self) -> bool:
        """Return whether everything that the customer gets, pays or reads agrees in all worlds."""
        return isinstance(self.customer, View) and self.customer.known


def reduce_views(tree: Tree, views: WorldViews) -> ReducedTrees:
    """Return the tree reduced once a view."""
    if isinstance(tree, World):
        mode = views.automation(tree.frames)
        return ReducedTrees(views.alone(tree.frames, tree.settlement), mode, views.bearing(tree.frames))
    return ReducedTrees(
        customer=reduce(tree, lambda world: views.customer(world.frames, world.settlement)),
        automation=reduce(tree, lambda world: views.automation(world.frames)),
        bearing=reduce(tree, lambda world: views.bearing(world.frames)),
    )

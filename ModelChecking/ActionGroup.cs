namespace ModelChecking;

/// <summary>Adds the steps of a group of actions.</summary>
/// <param name="state">The state that they leave.</param>
/// <param name="message">The message that they concern, if any.</param>
/// <param name="slot">Its slot in its bag. Only the labels of steps may depend on it.</param>
/// <param name="next">Collects the steps.</param>
public delegate void GroupSteps(State state, ulong message, int slot, Successors next);

/// <summary>
/// A group of actions that access few words of a state, such as those of one server. Many states have the same values in these words, and
/// the checker executes the group once for all of them. It observes which words the group accesses. For a state with the same values in
/// these words, and for the same message, it takes the steps of the first execution.
/// </summary>
/// <remarks>
/// Its steps must depend on nothing but the state and the message. To add a message to a bag, or to remove one, is no access. A group makes
/// the check faster if the words that it accesses have few values. The steps of an execution that reads a bag are not kept.
/// </remarks>
public sealed class ActionGroup
{
    /// <summary>A group.</summary>
    /// <param name="layout">The layout of the states.</param>
    /// <param name="steps">Adds its steps.</param>
    public ActionGroup(StateLayout layout, GroupSteps steps)
    {
        ArgumentNullException.ThrowIfNull(layout);
        Number = layout.NextGroup();
        Steps = steps;
    }

    /// <summary>
    /// A group that accesses only what belongs to one member of a scalarset, or to none: its rows of variables, and messages to it. If all
    /// groups are such, the checker finds the steps of all groups of a member with one look-up, provided that <see
    /// cref="Specification.Next"/> adds nothing but groups, those of the first member first, and that which groups of a member it adds, in
    /// which order, depends on nothing but the messages that belong to that member.
    /// </summary>
    /// <param name="layout">The layout of the states.</param>
    /// <param name="members">The scalarset.</param>
    /// <param name="member">The member.</param>
    /// <param name="steps">Adds its steps.</param>
    public ActionGroup(StateLayout layout, Scalarset members, int member, GroupSteps steps)
        : this(layout, steps)
    {
        Members = members;
        Member = member;
    }

    /// <summary>The scalarset to one of whose members the group belongs, if any.</summary>
    internal Scalarset? Members { get; }

    /// <summary>That member.</summary>
    internal int Member { get; }

    /// <summary>Its number among the groups of the layout.</summary>
    internal int Number { get; }

    internal GroupSteps Steps { get; }
}

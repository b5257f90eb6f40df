namespace ModelChecking;

/// <summary>
/// A transition system and its properties. A specification lays out its variables, gives the initial states and the steps out of a state,
/// and defines which states are within bounds.
/// </summary>
public abstract class Specification
{
    /// <summary>A specification.</summary>
    /// <param name="layout">The layout of its variables; null: a packed one.</param>
    protected Specification(StateLayout? layout = null) => Layout = layout ?? new StateLayout();

    /// <summary>Its name.</summary>
    public abstract string Name { get; }

    /// <summary>The layout of its variables in a state.</summary>
    public StateLayout Layout { get; }

    /// <summary>The names of its actions; steps name them by their position.</summary>
    public abstract IReadOnlyList<string> Actions { get; }

    /// <summary>
    /// Whether the options and bounds of the specification allow an action to fire. If so and it never fires, the check warns.
    /// </summary>
    /// <param name="action">The action, by position.</param>
    public virtual bool CanFire(int action) => true;

    /// <summary>What must hold in every state.</summary>
    public virtual IReadOnlyList<Invariant> Invariants => [];

    /// <summary>What must hold of every step.</summary>
    public virtual IReadOnlyList<ActionProperty> ActionProperties => [];

    /// <summary>What must hold in some reachable state, as a check of the specification itself.</summary>
    public virtual IReadOnlyList<Sometimes> Reachable => [];

    /// <summary>
    /// The scalarsets whose members are interchangeable. A state and the same state with its members renamed behave alike, and symmetry
    /// reduction counts both as one.
    /// </summary>
    public virtual IReadOnlyList<Scalarset> SymmetricScalarsets => [];

    /// <summary>
    /// The number of leading words of a state that the invariants read. A step that changes none of these preserves the invariants. By
    /// default, all words.
    /// </summary>
    public virtual int WordsThatInvariantsRead => Layout.Words;

    /// <summary>
    /// The groups of actions that <see cref="Next"/> adds by <see cref="Successors.AddGroup"/> and whose steps the checker may keep. Then
    /// <see cref="Next"/> does not see the steps that it adds this way. By default none.
    /// </summary>
    public virtual IReadOnlyList<ActionGroup> Groups => [];

    /// <summary>
    /// The bounds as limits of variables and bags; null: other bounds. With groups, the checker decides these faster than <see
    /// cref="IsWithinBounds"/>, which by default is the same.
    /// </summary>
    public virtual Constraint? Constraint => null;

    /// <summary>Adds the initial states.</summary>
    /// <param name="initial">Collects the states.</param>
    public abstract void Init(Successors initial);

    /// <summary>Adds every step that is enabled in a state.</summary>
    /// <param name="state">The state.</param>
    /// <param name="next">Collects the steps. A step that changes nothing counts too.</param>
    public abstract void Next(State state, Successors next);

    /// <summary>
    /// Whether a state is within bounds (TLC's CONSTRAINT). A state beyond bounds is checked but neither counted nor explored.
    /// </summary>
    /// <param name="state">The state.</param>
    public virtual bool IsWithinBounds(State state) => Constraint?.Holds(state) ?? true;

    /// <summary>A step in readable form.</summary>
    /// <param name="action">Its action, by position.</param>
    /// <param name="first">Its first argument.</param>
    /// <param name="second">Its second argument.</param>
    /// <param name="before">The state that it leaves.</param>
    public virtual string Describe(int action, int first, int second, State before) => Actions[action];

    /// <summary>A state in readable form: the values to show, by name. The changes of a step are found by comparing two of these.</summary>
    /// <param name="state">The state.</param>
    public abstract IEnumerable<KeyValuePair<string, string>> Describe(State state);
}

/// <summary>What must hold in every state.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Holds">Whether it does.</param>
public sealed record Invariant(string Name, StatePredicate Holds);

/// <summary>What must hold of every step, including steps that leave the bounds.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Holds">Whether it does.</param>
public sealed record ActionProperty(string Name, StepPredicate Holds)
{
    private readonly MemberStepPredicate? _holdsOf;

    /// <summary>
    /// What must hold of every step, for each member of a scalarset that the step changes: [A]_v of TLA+, where v are the rows of the
    /// member in all variables with such rows. A step that changes none of these must satisfy it.
    /// </summary>
    /// <param name="name">Its name.</param>
    /// <param name="members">The scalarset.</param>
    /// <param name="holds">Whether it holds, for a member.</param>
    public ActionProperty(string name, Scalarset members, MemberStepPredicate holds)
        : this(name, (before, action, after) => HoldsOfAll(members.Count, holds, before, action, after))
    {
        _holdsOf = holds;
        Scalarset = members;
    }

    internal Scalarset? Scalarset { get; }

    internal int Members => Scalarset?.Count ?? 1;

    internal bool HoldsOf(State before, int action, State after, int member) =>
        _holdsOf is null ? Holds(before, action, after) : _holdsOf(before, action, after, member);

    private static bool HoldsOfAll(int members, MemberStepPredicate holds, State before, int action, State after)
    {
        for (var member = 0; member < members; member++)
        {
            if (!holds(before, action, after, member))
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>What must hold in some state that is reached.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Holds">Whether it does.</param>
public sealed record Sometimes(string Name, StatePredicate Holds);

namespace ModelChecking;

/// <summary>Evaluates the properties of a specification for one thread, and counts.</summary>
internal sealed class PropertyEvaluator
{
    private readonly Invariant[] _invariants;
    private readonly ActionProperty[] _actionProperties;
    private readonly Sometimes[] _reachable;
    private readonly int _wordsRead;
    private readonly KnownInvariants? _known;
    private readonly long[] _evaluations;
    private readonly long[] _fired;
    private readonly long[] _distinct;
    private readonly bool[] _reached;
    private readonly Renaming[] _renamings;
    private readonly ulong[] _renamed;
    private long _generated;
    private long _found;
    private long _knownStates;

    public PropertyEvaluator(Specification specification, bool symmetry)
    {
        _invariants = [.. specification.Invariants];
        _actionProperties = [.. specification.ActionProperties];
        _reachable = [.. specification.Reachable];
        _wordsRead = specification.WordsThatInvariantsRead;
        _known = KnownInvariants.Of(specification);
        _evaluations = new long[_invariants.Length];
        _reached = new bool[_reachable.Length];
        _fired = new long[specification.Actions.Count];
        _distinct = new long[specification.Actions.Count];
        Layout = specification.Layout;
        Fingerprint = new Fingerprint(Layout);

        // The first renaming changes nothing.
        _renamings = symmetry ? [.. Renaming.All(specification.SymmetricScalarsets).Skip(1)] : [];
        _renamed = new ulong[Layout.Words];
    }

    public long Generated => Volatile.Read(ref _generated);

    public long Distinct => Volatile.Read(ref _found);

    public Fingerprint Fingerprint { get; }

    public IReadOnlyList<ActionProperty> ActionProperties => _actionProperties;

    /// <summary>The memory of what is known of invariants, in bytes.</summary>
    public long Bytes => _known?.Bytes ?? 0;

    private StateLayout Layout { get; }

    /// <summary>Counts an initial state.</summary>
    public void CountInitial() => _generated++;

    /// <summary>Counts a step.</summary>
    public void CountStep(int action)
    {
        _generated++;
        _fired[action]++;
    }

    /// <summary>Counts some steps; their actions are counted with <see cref="CountFired"/>.</summary>
    public void CountSteps(int steps) => _generated += steps;

    /// <summary>Counts how often an action fired.</summary>
    public void CountFired(int action, long times) => _fired[action] += times;

    /// <summary>Counts a new state.</summary>
    public void CountNew() => _found++;

    /// <summary>Counts a step that led to a new state.</summary>
    public void CountNew(int action)
    {
        _found++;
        _distinct[action]++;
    }

    /// <summary>Whether the invariants may differ between two states.</summary>
    public bool MayDiffer(State before, State after) => !before.Words[.._wordsRead].SequenceEqual(after.Words[.._wordsRead]);

    /// <summary>The invariant that a state violates, or null.</summary>
    public string? BrokenBy(State state)
    {
        if (_known is not { IsOn: true })
        {
            return Evaluate(state);
        }

        if (_known.Contains(state))
        {
            _knownStates++;
            return null;
        }

        var broken = Evaluate(state);
        if (broken is null)
        {
            _known.Add(state);
        }

        return broken;
    }

    private string? Evaluate(State state)
    {
        for (var i = 0; i < _invariants.Length; i++)
        {
            _evaluations[i]++;
            if (!_invariants[i].Holds(state))
            {
                return _invariants[i].Name;
            }
        }

        return null;
    }

    /// <summary>The action property that a step violates, or null.</summary>
    public string? BrokenBy(State before, int action, State after)
    {
        foreach (var property in _actionProperties)
        {
            if (!property.Holds(before, action, after))
            {
                return property.Name;
            }
        }

        return null;
    }

    /// <summary>Records which reachability properties hold in a state.</summary>
    public void Note(State state)
    {
        for (var i = 0; i < _reachable.Length; i++)
        {
            _reached[i] = _reached[i] || _reachable[i].Holds(state);
        }
    }

    /// <summary>The fingerprint of a state; with symmetry, the least fingerprint of all its renamings.</summary>
    public ulong FingerprintOf(State state)
    {
        var least = Fingerprint.Of(state);
        if (_renamings.Length == 0)
        {
            return least;
        }

        foreach (var renaming in _renamings)
        {
            Array.Clear(_renamed);
            var renamed = new State(_renamed);
            foreach (var part in Layout.Parts)
            {
                part.Rename(state, renamed, renaming);
            }

            least = Math.Min(least, Fingerprint.Of(renamed));
        }

        // The minimum of several is not evenly distributed.
        return Fingerprint.Of(Fingerprint.Mix(least));
    }

    /// <summary>The sum of the counts of several threads.</summary>
    public static CheckResult Sum(Specification specification, IReadOnlyList<PropertyEvaluator> evaluators)
    {
        string[] neverReached =
            [.. specification.Reachable.Select(property => property.Name).Where(
                (_, i) => !evaluators.Any(evaluator => evaluator._reached[i]))];
        return new CheckResult
        {
            Outcome = neverReached.Length == 0 ? CheckOutcome.Holds : CheckOutcome.NeverReached,
            Generated = evaluators.Sum(evaluator => evaluator.Generated),
            Distinct = evaluators.Sum(evaluator => evaluator.Distinct),
            Actions =
            [
                .. specification.Actions.Select((name, i) => new ActionCount(
                    name, evaluators.Sum(evaluator => evaluator._fired[i]), evaluators.Sum(evaluator => evaluator._distinct[i]),
                    specification.CanFire(i))),
            ],
            Evaluations =
            [
                .. specification.Invariants.Select((invariant, i) => KeyValuePair.Create(
                    invariant.Name, evaluators.Sum(evaluator => evaluator._evaluations[i] + evaluator._knownStates))),
            ],
            NeverReached = neverReached,
            Exhaustive = true,
            Depth = 0,
            Queue = 0,
            Time = default,
            Bytes = 0,
        };
    }
}

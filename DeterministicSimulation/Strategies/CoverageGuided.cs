namespace DeterministicSimulation;

/// <summary>
/// Coverage-guided search: schedules that came to new abstract states are kept, and the next ones are made from them: cut off, spliced with another, with a choice
/// flipped, or a fault moved; wherever they no longer fit, a <see cref="SwarmWalk"/> goes on. As in fuzzing (Zalewski: "American fuzzy lop", 2013); Raft
/// schedules by abstract states: Gulcan, Burak Ozkan, Majumdar, Nagendra: "Model-guided fuzzing of distributed systems", 2024.
/// </summary>
public sealed class CoverageGuided : IStrategy
{
    private const int _kept = 64;

    // Of so many schedules one is not made from any other.
    private const int _fresh = 3;
    private readonly SwarmWalk _walk = new();
    private readonly List<Choice> _made = [];
    private readonly List<Kept> _corpus = [];
    private List<Choice> _plan = [];
    private SplitMix64 _random;
    private bool _isSettled;

    /// <inheritdoc/>
    public void Begin(ulong seed)
    {
        _random = new SplitMix64(SplitMix64.Mix(seed));
        _walk.Begin(seed);
        _made.Clear();
        _isSettled = false;
        _plan = _corpus.Count == 0 || _random.Next(_fresh) == 0 ? [] : Mutate();
    }

    /// <inheritdoc/>
    public int ChooseOperation(EnabledOperations enabled)
    {
        var faults = enabled.Count - enabled.Faults.Length;
        var choice = Planned(ChoiceKind.Operation, enabled.Count)
            ?? (enabled.Faults.Length > 0 && Planned(ChoiceKind.FaultOperation, enabled.Faults.Length) is { } fault ? faults + fault : (int?)null)
            ?? _walk.ChooseOperation(enabled);
        if (choice >= faults)
        {
            Note(ChoiceKind.FaultOperation, choice - faults);
        }
        else
        {
            Note(ChoiceKind.Operation, choice);
        }

        return choice;
    }

    /// <inheritdoc/>
    public bool ChooseFault(FaultKind kind)
    {
        var strikes = Planned(ChoiceKind.MessageFault, 2) is { } planned ? planned == 1 : _walk.ChooseFault(kind);
        Note(ChoiceKind.MessageFault, strikes ? 1 : 0);
        return strikes;
    }

    /// <inheritdoc/>
    public int ChooseInteger(int bound) => Noted(ChoiceKind.Integer, Planned(ChoiceKind.Integer, bound) ?? _walk.ChooseInteger(bound));

    /// <inheritdoc/>
    public int ChooseTime() => Noted(ChoiceKind.Time, Planned(ChoiceKind.Time, 2) ?? _walk.ChooseTime());

    /// <inheritdoc/>
    public int ChooseLatency(Operation operation, int usual, int most) =>
        Noted(ChoiceKind.Integer, Planned(ChoiceKind.Integer, most) ?? _walk.ChooseLatency(operation, usual, most));

    /// <inheritdoc/>
    public void FaultsEnded()
    {
        _isSettled = true;
        _walk.FaultsEnded();
    }

    /// <inheritdoc/>
    public void End(ScheduleYield yield)
    {
        if (yield.NewStates == 0 || _made.Count == 0)
        {
            return;
        }

        var worth = yield.NewStates / (double)yield.Steps;
        var least = _corpus.MinBy(kept => kept.Worth);
        if (_corpus.Count == _kept && least!.Worth < worth)
        {
            _corpus.Remove(least);
        }

        if (_corpus.Count < _kept)
        {
            _corpus.Add(new Kept([.. _made]) { Worth = worth });
        }
    }

    // A plan is followed as long as it fits what is asked; after that each of its choices only where it fits.
    private int? Planned(ChoiceKind kind, int bound) =>
        !_isSettled && _made.Count < _plan.Count && _plan[_made.Count] is var choice && choice.Kind == kind && choice.Value < bound ? choice.Value : null;

    private int Noted(ChoiceKind kind, int value)
    {
        Note(kind, value);
        return value;
    }

    private void Note(ChoiceKind kind, int value)
    {
        // Once faults have ended all is fair, and nothing of it worth keeping.
        if (!_isSettled)
        {
            _made.Add(new Choice(kind, value));
        }
    }

    private List<Choice> Mutate()
    {
        var parent = Draw();
        var at = _random.Next(parent.Count);
        switch (_random.Next(4))
        {
            case 0:
                return parent.GetRange(0, at);
            case 1:
                var other = Draw();
                var from = Math.Min(at, other.Count);
                return [.. parent.GetRange(0, at), .. other.GetRange(from, other.Count - from)];
            case 2:
                return [.. parent.GetRange(0, at), new Choice(ChoiceKind.Other, 0), .. parent.GetRange(at + 1, parent.Count - at - 1)];
            default:
                return MoveFault(parent, at);
        }
    }

    private static List<Choice> MoveFault(List<Choice> parent, int to)
    {
        List<Choice> moved = [.. parent];
        var from = moved.FindIndex(choice => choice is { Kind: ChoiceKind.FaultOperation } or { Kind: ChoiceKind.MessageFault, Value: 1 });
        if (from < 0)
        {
            return moved;
        }

        var fault = moved[from];
        if (fault.Kind == ChoiceKind.FaultOperation)
        {
            moved.RemoveAt(from);
            moved.Insert(Math.Min(to, moved.Count), fault);
        }
        else if (moved.FindIndex(to, choice => choice is { Kind: ChoiceKind.MessageFault, Value: 0 }) is >= 0 and var place)
        {
            moved[from] = moved[place];
            moved[place] = fault;
        }

        return moved;
    }

    // The better of two; each time it counts less, so that others have their turn.
    private List<Choice> Draw()
    {
        var one = _corpus[_random.Next(_corpus.Count)];
        var other = _corpus[_random.Next(_corpus.Count)];
        var better = one.Worth >= other.Worth ? one : other;
        better.Worth *= 0.8;
        return better.Choices;
    }

    /// <summary>What was asked.</summary>
    private enum ChoiceKind
    {
        /// <summary>Which operation is next: work, or a timer.</summary>
        Operation,

        /// <summary>The same, and it was a fault; the value is its number among them.</summary>
        FaultOperation,

        /// <summary>Whether a fault strikes a message.</summary>
        MessageFault,

        /// <summary>A number.</summary>
        Integer,

        /// <summary>How time goes.</summary>
        Time,

        /// <summary>Anything but what it was: it fits nowhere.</summary>
        Other,
    }

    private readonly record struct Choice(ChoiceKind Kind, int Value);

    /// <summary>A schedule to make others from.</summary>
    private sealed class Kept(List<Choice> choices)
    {
        public List<Choice> Choices => choices;

        /// <summary>New states a step, less for each time it was used.</summary>
        public double Worth { get; set; }
    }
}

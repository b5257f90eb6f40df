using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Raft.Verification.Specifications;

/// <summary>A scenario found that a property does not hold.</summary>
/// <param name="property">The property's name.</param>
/// <param name="message">What was expected and what was observed.</param>
public class PropertyFailure(string property, string message) : Exception(message)
{
    /// <summary>The property's name.</summary>
    public string Property => property;

    /// <summary>Throws unless a condition holds.</summary>
    /// <exception cref="PropertyFailure">The condition does not hold.</exception>
    internal static void Unless(
        [DoesNotReturnIf(false)] bool holds, string property, [InterpolatedStringHandlerArgument(nameof(holds))] ref FailureText otherwise)
    {
        if (!holds)
        {
            throw new PropertyFailure(property, otherwise.ToString());
        }
    }

    /// <summary>Throws unless a call throws an exception of one type, or returns a task that failed with it.</summary>
    /// <exception cref="PropertyFailure">The call failed with another exception, or did not fail.</exception>
    internal static void UnlessFails<T>(Func<Task> call, string property, string what)
        where T : Exception
    {
        var failure = FailureOf(call);
        Unless(
            failure?.GetType() == typeof(T),
            property,
            $"{what}: expected {typeof(T).Name}, got {failure?.GetType().Name ?? "no exception"}.");
    }

    /// <summary>The exception that a call throws, or that its task failed with, or null.</summary>
    internal static Exception? FailureOf(Func<object> call)
    {
        try
        {
            return (call() as Task)?.Exception?.InnerException;
        }
        catch (Exception exception)
        {
            return exception;
        }
    }
}

/// <summary>The message of a failure, as an interpolated string that is formatted only if there is a failure.</summary>
[InterpolatedStringHandler]
internal ref struct FailureText
{
    private DefaultInterpolatedStringHandler _text;

    /// <summary>Begins the text. The compiler calls this.</summary>
    public FailureText(int literalLength, int formattedCount, bool holds, out bool isNeeded)
    {
        isNeeded = !holds;
        _text = holds ? default : new DefaultInterpolatedStringHandler(literalLength, formattedCount);
    }

    /// <summary>A constant part.</summary>
    public void AppendLiteral(string text) => _text.AppendLiteral(text);

    /// <summary>A value.</summary>
    public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);

    /// <summary>The text.</summary>
    public override string ToString() => _text.ToStringAndClear();
}

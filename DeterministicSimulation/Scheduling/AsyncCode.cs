using System.Reflection;
using System.Runtime.CompilerServices;

namespace DeterministicSimulation;

/// <summary>
/// Names the async method that a runtime object belongs to, and what that method waits for. Reports use it. It reads private fields of the
/// runtime and of compiler-generated types; where it does not recognize a type, it returns the type's name.
/// </summary>
public static class AsyncCode
{
    private const BindingFlags _fields = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    /// <summary>The name of the code behind a continuation: of its async method, if it has one.</summary>
    public static string NameOf(object code)
    {
        if (code is Delegate { Target: { } target } action)
        {
            return NameOfBox(target.GetType()) ?? $"{Readable(action.Method.DeclaringType)}.{Readable(action.Method.Name)}";
        }

        return NameOfBox(code.GetType())
            ?? (code is Delegate plain
                ? $"{Readable(plain.Method.DeclaringType)}.{Readable(plain.Method.Name)}"
                : code.GetType().Name);
    }

    /// <summary>The async method whose state machine a runtime type holds; null if it holds no state machine.</summary>
    public static string? NameOfBox(Type? type)
    {
        for (; type is not null; type = type.BaseType)
        {
            foreach (var argument in type.IsGenericType ? type.GetGenericArguments() : [])
            {
                if (typeof(IAsyncStateMachine).IsAssignableFrom(argument) && argument.Name.StartsWith('<'))
                {
                    return $"{Readable(argument.DeclaringType)}.{Readable(argument.Name)}";
                }
            }
        }

        return null;
    }

    /// <summary>
    /// The type of the state machine behind a continuation; without a state machine, the type of the continuation's target.
    /// </summary>
    public static Type MachineOf(object code)
    {
        var type = (code as Delegate)?.Target?.GetType() ?? code.GetType();
        return type.GenericTypeArguments is [.., var machine] ? machine : type;
    }

    /// <summary>The delegate that a task runs; null if it runs no delegate.</summary>
    public static Delegate? DelegateOf(object task) => typeof(Task).GetField("m_action", _fields)?.GetValue(task) as Delegate;

    /// <summary>The chain of what a task waits for: nested async methods, down to the task that is not completed.</summary>
    public static string WaitsFor(Task task)
    {
        var chain = new List<string>();
        for (Task? next = task; next is { IsCompleted: false } && chain.Count < 32; next = AwaitedBy(next))
        {
            chain.Add(NameOfBox(next.GetType()) ?? next.AsyncState?.ToString() ?? "a task that no code completes");
        }

        return string.Join(" > ", chain);
    }

    private static Task? AwaitedBy(Task task)
    {
        var machine = task.GetType().GetField("StateMachine", _fields)?.GetValue(task);
        foreach (var field in machine?.GetType().GetFields(_fields) ?? [])
        {
            if (field.Name.StartsWith("<>u__", StringComparison.Ordinal)
                && TaskIn(field.GetValue(machine), depth: 0) is { IsCompleted: false } awaited)
            {
                return awaited;
            }
        }

        return null;
    }

    // An awaiter holds its task in a field, in another awaiter, or in a ValueTask.
    private static Task? TaskIn(object? awaiter, int depth)
    {
        if (awaiter is null or Task || depth > 3)
        {
            return awaiter as Task;
        }

        foreach (var field in awaiter.GetType().IsValueType ? awaiter.GetType().GetFields(_fields) : [])
        {
            if (TaskIn(field.GetValue(awaiter), depth + 1) is { } task)
            {
                return task;
            }
        }

        return null;
    }

    // The compiler names the state machine of Run "<Run>d__5", a lambda in it "<Run>b__5_0", and its local function Put "<Run>g__Put|5_0".
    private static string Readable(string name)
    {
        var local = name.IndexOf("g__", StringComparison.Ordinal);
        var end = local < 0 ? name.IndexOf('>', StringComparison.Ordinal) : name.IndexOf('|', StringComparison.Ordinal);
        return !name.StartsWith('<') || end < 0 ? name : local < 0 ? name[..end].TrimStart('<') : name[(local + 3)..end];
    }

    private static string Readable(Type? type) =>
        type is null ? "?" : type.Name.StartsWith('<') && type.DeclaringType is not null ? Readable(type.DeclaringType) : type.Name;
}

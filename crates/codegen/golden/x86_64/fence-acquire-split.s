# fence/acquire (split), rustc 1.95.0 (59807616e 2026-04-14)
# %rdi: the folio (flags 0, mapping 24, sequence 40, page_type 48, refcount 52); %rsi: overlay or zone

slab_alloc:
    movl $1, 52(%rdi)
    movl $-167772161, 48(%rdi)
    # compiler barrier
    movq %rsi, 24(%rdi)
    retq

set_owner_flag:
    orq $8, (%rdi)
    retq

clear_owner_flag:
    andq $-9, (%rdi)
    retq

slab_free:
    movq $0, 24(%rdi)
    # compiler barrier
    movl $-1, 48(%rdi)
    lock decl 52(%rdi)
    jne .L0
    movq 24(%rdi), %rax
    andl $3, %eax
    cmpl $2, %eax
    jne .L1
    movq $0, 24(%rdi)
.L1:
    cmpb $1, 4(%rsi)
    jne .L2
    movl $1, %ecx
.L3:
    xorl %eax, %eax
    lock cmpxchgl %ecx, (%rsi)
    jne .L4
    jmp .L2
.L5:
    pause
.L4:
    movl (%rsi), %eax
    testl %eax, %eax
    jne .L5
    jmp .L3
.L2:
    movl $-251658241, 48(%rdi)
    cmpb $0, 4(%rsi)
    je .L0
    movl $0, (%rsi)
.L0:
    retq

precheck:
    movq 24(%rdi), %rax
    andl $3, %eax
    cmpl $2, %eax
    jne .L0
    movq (%rdi), %rax
    testb $4, %al
    sete %al
    retq
.L0:
    xorl %eax, %eax
    retq

lock_movable:
    movq 24(%rdi), %rcx
    andl $3, %ecx
    movl $1, %eax
    cmpl $2, %ecx
    jne .L0
    movl 48(%rdi), %ecx
    cmpl $-167772161, %ecx
    je .L0
    lock btsq $0, (%rdi)
    movl $2, %eax
    jae .L1
.L0:
    retq
.L1:
    movq 24(%rdi), %rax
    movl %eax, %ecx
    andl $3, %ecx
    cmpl $2, %ecx
    setne %cl
    cmpq $4, %rax
    setb %al
    orb %cl, %al
    movl $3, %eax
    jne .L0
    movq (%rdi), %rcx
    testb $4, %cl
    jne .L0
    movq 24(%rdi), %rax
    andq $-4, %rax
    retq

isolate:
    movl 52(%rdi), %eax
.L0:
    testl %eax, %eax
    je .L1
    leal 1(%rax), %ecx
    lock cmpxchgl %ecx, 52(%rdi)
    jne .L0
    movq 24(%rdi), %rax
    andl $3, %eax
    movb $1, %cl
    cmpl $2, %eax
    jne .L2
    movl 48(%rdi), %eax
    cmpl $-167772161, %eax
    je .L2
    lock btsq $0, (%rdi)
    movb $2, %cl
    jb .L2
    movq 24(%rdi), %rax
    movl %eax, %ecx
    andl $3, %ecx
    cmpl $2, %ecx
    setne %cl
    cmpq $4, %rax
    setb %al
    orb %cl, %al
    jne .L3
    movq (%rdi), %rax
    testb $4, %al
    jne .L3
    movq 24(%rdi), %rax
    lock orq $4, (%rdi)
    andq $-4, %rax
    lock andq $-2, (%rdi)
    retq
.L1:
    xorl %ecx, %ecx
    movzbl %cl, %eax
    retq
.L3:
    lock andq $-2, (%rdi)
    movb $3, %cl
.L2:
    lock decl 52(%rdi)
    jne .L4
    movq 24(%rdi), %rax
    andl $3, %eax
    cmpl $2, %eax
    jne .L5
    movq $0, 24(%rdi)
.L5:
    cmpb $1, 4(%rsi)
    jne .L6
    movl $1, %edx
.L7:
    xorl %eax, %eax
    lock cmpxchgl %edx, (%rsi)
    jne .L8
    jmp .L6
.L9:
    pause
.L8:
    movl (%rsi), %eax
    testl %eax, %eax
    jne .L9
    jmp .L7
.L6:
    movl $-251658241, 48(%rdi)
    cmpb $0, 4(%rsi)
    je .L4
    movl $0, (%rsi)
.L4:
    movzbl %cl, %eax
    retq
